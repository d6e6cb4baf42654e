//! Whether anybody is there.

use std::time::Duration;

use tokio::time::timeout;

use super::key_exchange::exchange;
use super::{ChannelError, Network, transport};

impl Network {
    /// Makes sure that the servers can be reached and have the key that they should: agrees on a key with one of them,
    /// within this time at each of its addresses, and forgets it. Nobody is signed in or out by that.
    ///
    /// # Errors
    ///
    /// See [`ChannelError`].
    pub async fn answers(&self, within: Duration) -> Result<(), ChannelError> {
        let dc_id = self.first();
        let mut failure = ChannelError::UnknownDataCentre { dc_id };
        for address in self.addresses(dc_id) {
            let agreeing = async {
                let (mut reader, mut writer) = transport::connect(*address, self.proxy(), within).await?;
                exchange(&mut reader, &mut writer, self.key(), self.exchange_id(dc_id), within).await
            };
            match timeout(within, agreeing).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(why)) => failure = why,
                Err(_) => failure = ChannelError::TimedOut,
            }
        }
        Err(failure)
    }
}
