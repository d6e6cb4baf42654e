//! The requests an account has answered: Telegram tells a bot's objections with the request they are about, so they
//! can be asked for only by whoever still has it.

use std::fs;
use std::io;

use serde::{Deserialize, Serialize};
use telegram_passport::request::{LinkForm, PassportLink, PassportRequest};
use zeroize::Zeroizing;

use super::Account;
use crate::failure::{Failure, sentence};
use crate::writing::Folder;

const REQUESTS_FILE: &str = "requests.json";

/// As many are remembered, the last ones.
const MOST: usize = 50;

#[derive(Default, Serialize, Deserialize)]
struct Remembered {
    links: Vec<String>,
}

impl Account {
    /// The requests that this account has answered, the last one first.
    pub(crate) fn requests(&self) -> Result<Vec<PassportRequest>, Failure> {
        // One that no longer reads is nothing to ask about.
        let links = self.remembered()?.links;
        Ok(links.iter().rev().filter_map(|link| Some(PassportLink::parse(link).ok()?.request)).collect())
    }

    /// Remembers a request, in place of an earlier one of the same bot for the same things.
    pub(crate) fn remember_request(&self, request: &PassportRequest) -> Result<(), Failure> {
        let mut remembered = self.remembered()?;
        let same = |link: &String| {
            PassportLink::parse(link).is_ok_and(|earlier| {
                let earlier = earlier.request;
                earlier.bot_id() == request.bot_id() && earlier.scope() == request.scope()
            })
        };
        remembered.links.retain(|link| !same(link));
        remembered.links.push(request.to_link(LinkForm::Resolve));
        let surplus = remembered.links.len().saturating_sub(MOST);
        remembered.links.drain(..surplus);
        let json = serde_json::to_vec(&remembered).map(Zeroizing::new);
        let json = json.map_err(|error| Failure::failed(sentence(&error)))?;
        Folder::create(self.directory())?.write(REQUESTS_FILE, &json)
    }

    fn remembered(&self) -> Result<Remembered, Failure> {
        let path = self.directory().join(REQUESTS_FILE);
        match fs::read(&path).map(Zeroizing::new) {
            // Written by us alone; whatever else it is, nothing in it is worth keeping.
            Ok(json) => Ok(serde_json::from_slice(&json).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Remembered::default()),
            Err(error) => Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
        }
    }
}
