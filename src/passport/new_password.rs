use super::{Alteration, PasswordError};
use crate::vault::Password;

/// What is to be said of a hint that is taken all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HintRemark {
    /// The password stands in it, whatever else does: whoever logs in with the number sees it.
    ContainsPassword,
}

/// Judges a password that is about to become the account's, and its hint. Every engine does so before it changes
/// anything, so that none sets a password which another could not prove; an app may do so before it asks further.
///
/// # Errors
///
/// [`PasswordError::NewPasswordEmpty`], [`PasswordError::NewPasswordAltered`], [`PasswordError::HintAltered`] and
/// [`PasswordError::HintIsPassword`].
pub fn judge_new_password(new: &Password, hint: &str) -> Result<Option<HintRemark>, PasswordError> {
    let password = new.as_str();
    if password.is_empty() {
        return Err(PasswordError::NewPasswordEmpty);
    }
    if let Some(alteration) = Alteration::of(password) {
        return Err(PasswordError::NewPasswordAltered(alteration));
    }
    if let Some(alteration) = Alteration::of(hint) {
        return Err(PasswordError::HintAltered(alteration));
    }
    if hint == password {
        return Err(PasswordError::HintIsPassword);
    }
    let tells = hint.contains(password) || hint.to_lowercase().contains(&*folded(password));
    Ok(tells.then_some(HintRemark::ContainsPassword))
}

fn folded(password: &str) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(password.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_is_the_password_is_refused_and_one_that_holds_it_is_remarked() {
        let judged = |hint| judge_new_password(&"Horse".into(), hint);
        assert!(matches!(judged("an animal"), Ok(None)));
        assert!(matches!(judged(""), Ok(None)));
        assert!(matches!(judged("Horse"), Err(PasswordError::HintIsPassword)));
        for telling in ["my Horse", "horse", " HORSE "] {
            assert!(matches!(judged(telling), Ok(Some(HintRemark::ContainsPassword))), "{telling:?}");
        }
        let altered = Alteration::Sign('\t');
        assert!(matches!(judged("a\tb"), Err(PasswordError::HintAltered(found)) if found == altered));
    }

    #[test]
    fn a_new_password_is_one_that_every_client_sends_as_it_is() {
        let judged = |password: &str| judge_new_password(&password.into(), "");
        assert!(matches!(judged(""), Err(PasswordError::NewPasswordEmpty)));
        assert!(matches!(judged(" "), Ok(None)));
        for altered in ["a\tb", "\u{2028}", "x\u{202A}", "\u{202E}", "A\u{30A}", "\r"] {
            assert!(matches!(judged(altered), Err(PasswordError::NewPasswordAltered(_))), "{altered:?}");
        }
    }
}
