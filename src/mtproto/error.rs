use std::io;
use std::sync::Arc;

use crate::cloud::CloudError;
use crate::vault::SrpError;

/// Why there was no answer, or none that is used: what stands behind [`CloudError::Transport`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The network has no data centre of this number, wherever a server sent us.
    #[error("there is no data centre {dc_id} in this network")]
    UnknownDataCentre {
        /// The number.
        dc_id: i32,
    },
    /// The data centre cannot be reached, or the connection to it broke.
    #[error("the data centre cannot be reached")]
    Connection(#[source] io::Error),
    /// The proxy cannot be reached, or does not lead there.
    #[error("the proxy does not lead to the data centre: {why}")]
    Proxy {
        /// What went wrong.
        why: String,
    },
    /// Nothing came in the time that was given.
    #[error("the data centre did not answer in time")]
    TimedOut,
    /// No key was agreed on: whoever answers may not be Telegram.
    #[error("no key was agreed on with the data centre")]
    KeyExchange(#[from] KeyExchangeError),
    /// What came is nothing that a server says.
    #[error("the data centre's answer is not one: {0}")]
    Hostile(&'static str),
    /// The transport's own refusal: −429 is "too many connections".
    #[error("the data centre refused the connection with {code}")]
    Refused {
        /// The number, negative.
        code: i32,
    },
    /// The query changes something, was sent, and nobody says whether it was done: no answer came in time, or the
    /// server has forgotten it. It is not sent again. Stands behind [`CloudError::OutcomeUnknown`].
    #[error("the data centre does not say whether the query was carried out")]
    OutcomeUnknown,
    /// The connection was lost, and the server has forgotten a query that changes nothing, but cannot be repeated.
    #[error("the connection was lost, and the data centre has forgotten the query")]
    Forgotten,
    /// A data centre does not take the account's authorisation, although home has just exported it.
    #[error("data centre {dc_id} does not let the session in")]
    NotLetIn {
        /// Which.
        dc_id: i32,
    },
    /// Messages were refused (`bad_msg_notification`).
    #[error("the data centre refuses this client's messages with code {code}")]
    BadMessage {
        /// `error_code`
        code: i32,
    },
    /// The connection was closed from here.
    #[error("the connection was closed")]
    Closed,
}

impl From<ChannelError> for CloudError {
    fn from(why: ChannelError) -> Self {
        match why {
            ChannelError::OutcomeUnknown => Self::OutcomeUnknown(Arc::new(why)),
            why => Self::Transport(Arc::new(why)),
        }
    }
}

/// Why a key exchange failed. Each is a server that is not the one it should be, or somebody in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyExchangeError {
    /// A step's answer is none.
    #[error("the answer to {step} is malformed")]
    Malformed {
        /// The step, as the schema calls it.
        step: &'static str,
    },
    /// It answers somebody else.
    #[error("the answer to {step} is for another exchange")]
    Nonce {
        /// The step, as the schema calls it.
        step: &'static str,
    },
    /// The server is not known by the key that it should have.
    #[error("the server has not the expected key")]
    UnknownServer,
    /// What is to be factored is not the product of two different primes.
    #[error("the server's challenge cannot be solved")]
    Challenge,
    /// The server refused our parameters, or wanted others again and again.
    #[error("the server refused {step}")]
    Refused {
        /// The step, as the schema calls it.
        step: &'static str,
    },
    /// The encrypted parameters were altered, or were not made by who has the server's key.
    #[error("the server's encrypted answer does not match its hash")]
    AnswerHash,
    /// p and g are not safe.
    #[error("the server's group is not safe")]
    Group(#[source] SrpError),
    /// `g_a` is too close to 0 or p.
    #[error("the server's public value is degenerate")]
    PublicValue,
    /// It names a time by which no message could be numbered.
    #[error("the server names a time that none can be")]
    ServerTime,
    /// The server has computed another key.
    #[error("the server does not confirm the key")]
    NewNonceHash,
}
