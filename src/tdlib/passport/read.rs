//! Listing what is stored.

use futures_util::future::try_join_all;

use super::answer::{fact, is_not_found, is_own_refusal};
use super::engine::Engine;
use super::functions::{GetAllPassportElements, GetPassportElement, GetPasswordState};
use super::kind;
use super::lock_state::{Locked, Unlocked};
use super::saved::{TdlibFile, hidden};
use super::turns::Turn;
use crate::element::ElementType;
use crate::passport::refusal::refused;
use crate::passport::{ListError, Refusal, SavedElement, Sight, TamperedAnswer};

refused!(ListError: Locked);

impl Engine {
    pub(super) async fn read_all(&self, turn: &Turn) -> Result<Vec<SavedElement>, ListError> {
        let unlocked = self.lock_state.unlocked()?;
        if !unlocked.has_secret {
            return match &self.channel {
                // What is stored without a secret, the vault lists as such.
                Some(channel) => channel.complete(Vec::new()).await,
                None => self.nothing_is_stored().await.map(|()| Vec::new()),
            };
        }
        let all = GetAllPassportElements { password: unlocked.password.as_str() };
        let answer = turn.call(&all).await.map_err(fact)?;
        let mut elements: Vec<SavedElement> = Vec::with_capacity(answer.elements.len());
        for element in answer.elements {
            let element = self.files.learn(element);
            if elements.iter().any(|earlier| earlier.kind == element.kind) {
                return Err(TamperedAnswer::Twice(element.kind).into());
            }
            elements.push(element);
        }
        if let Some(channel) = &self.channel {
            return channel.complete(elements).await;
        }
        // TDLib leaves out what it cannot open, and says so only when it is asked for each by itself.
        let missing = ElementType::ALL.into_iter().filter(|kind| elements.iter().all(|e| e.kind != *kind));
        let asked = try_join_all(missing.map(|kind| self.ask_for(kind, &unlocked, turn))).await?;
        elements.extend(asked.into_iter().flatten());
        elements.sort_by_key(|element| element.kind);
        Ok(elements)
    }

    pub(super) async fn read_one(
        &self,
        kind: ElementType,
        turn: &Turn,
    ) -> Result<Option<SavedElement>, ListError> {
        let unlocked = self.lock_state.unlocked()?;
        let shown = match unlocked.has_secret {
            true => self.ask_for(kind, &unlocked, turn).await?,
            false if self.channel.is_some() => None,
            false => return self.nothing_is_stored().await.map(|()| None),
        };
        let whole = |shown: &SavedElement| shown.element().is_some() && shown.sight == Sight::Whole;
        match &self.channel {
            Some(channel) if !shown.as_ref().is_some_and(whole) => channel.whole(kind, shown).await,
            _ => Ok(shown),
        }
    }

    /// What this client calls a stored file; it looks around for one it has not seen yet.
    pub(super) async fn file_number(&self, file: &TdlibFile, turn: &Turn) -> Result<Option<i32>, ListError> {
        if let Some(number) = self.files.number(&file.unique_id) {
            return Ok(Some(number));
        }
        self.read_all(turn).await?;
        Ok(self.files.number(&file.unique_id))
    }

    pub(super) async fn ask_for(
        &self,
        kind: ElementType,
        unlocked: &Unlocked,
        turn: &Turn,
    ) -> Result<Option<SavedElement>, ListError> {
        let one = GetPassportElement { r#type: kind::to_tdlib(kind), password: unlocked.password.as_str() };
        match turn.call(&one).await {
            Ok(element) => {
                let element = self.files.learn(element);
                if element.kind != kind {
                    return Err(TamperedAnswer::OtherElement { asked: kind, returned: element.kind }.into());
                }
                Ok(Some(element))
            }
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) if is_own_refusal(&error) => Ok(Some(hidden(kind))),
            Err(error) => Err(fact(error).into()),
        }
    }

    /// Without a secret TDLib must not be asked for elements: it would make one up. If another device has made one
    /// meanwhile and stored something, unlocking decides anew.
    pub(super) async fn nothing_is_stored(&self) -> Result<(), ListError> {
        if self.client.call(&GetPasswordState {}).await.map_err(fact)?.has_passport_data {
            self.lock_state.lock();
            return Err(ListError::Refused(Refusal::Locked));
        }
        Ok(())
    }
}
