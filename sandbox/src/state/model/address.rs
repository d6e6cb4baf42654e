//! Phone numbers and e-mail addresses: as they are read, compared and shown.

/// The digits of a number, 5 to 15 of them, however it is written.
pub(in crate::state) fn normalised_phone(text: &str) -> Option<String> {
    let allowed = |character: char| character.is_ascii_digit() || "+-(). ".contains(character);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.chars().all(allowed) && (5..=15).contains(&digits.len())).then_some(digits)
}

/// Something before an `@`, and a domain with a dot after it.
pub(in crate::state) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let inner_dot = domain.trim_matches('.') == domain && domain.contains('.');
    !local.is_empty()
        && inner_dot
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// An address as it is compared: without regard to case.
pub(in crate::state) fn folded(email: &str) -> String {
    email.to_lowercase()
}

/// `anna@example.com` as `a***@example.com`.
pub(in crate::state) fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_recognised() {
        assert_eq!(normalised_phone("+49 1511 2345678").as_deref(), Some("4915112345678"));
        for bad in ["", "1234", "1234567890123456", "49 1511 CALL ME", "４９１５１１２３４５"] {
            assert_eq!(normalised_phone(bad), None, "{bad}");
        }
        assert!(is_email("a@b.co") && is_email("\"a@b\"@c.de"));
        for bad in ["", "@b.co", "a@b", "a@.co", "a@b.", "a b@c.de", "a@b.c\n", "ab.co"] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_are_masked() {
        assert_eq!(masked("anna@example.com"), "a***@example.com");
        assert_eq!(masked("älv@example.com"), "ä***@example.com");
    }
}
