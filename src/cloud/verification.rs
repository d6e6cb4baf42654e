use std::fmt;
use std::time::Duration;

/// How a code travels: `auth.SentCodeType`. [`Email`](Self::Email) and
/// [`SetUpEmailRequired`](Self::SetUpEmailRequired) belong to logins; kinds that no flow here uses are
/// [`Other`](Self::Other).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SentCodeType {
    /// `auth.sentCodeTypeApp#3dbb5986`: in a Telegram app; so many digits.
    App {
        /// Digits of the code.
        length: u32,
    },
    /// `auth.sentCodeTypeSms#c000bba2`
    Sms {
        /// Digits of the code.
        length: u32,
    },
    /// `auth.sentCodeTypeCall#5353e5a7`: spoken.
    Call {
        /// Digits of the code.
        length: u32,
    },
    /// `auth.sentCodeTypeFlashCall#ab03c6d9`: the calling number itself is the code.
    FlashCall {
        /// What the number looks like.
        pattern: String,
    },
    /// `auth.sentCodeTypeMissedCall#82006484`: the last digits of the calling number are the code.
    MissedCall {
        /// How the number begins.
        prefix: String,
        /// Digits of the code.
        length: u32,
    },
    /// `auth.sentCodeTypeFragmentSms#d9565c39`: on fragment.com.
    FragmentSms {
        /// Where the code is shown.
        url: String,
        /// Digits of the code.
        length: u32,
    },
    /// `auth.sentCodeTypeSmsWord#a416ac81`: one word.
    SmsWord {
        /// How the word begins.
        beginning: Option<String>,
    },
    /// `auth.sentCodeTypeSmsPhrase#b37794af`: several words.
    SmsPhrase {
        /// How the phrase begins.
        beginning: Option<String>,
    },
    /// `auth.sentCodeTypeEmailCode#f450f59b`: to the account's login e-mail address.
    Email {
        /// The address, masked.
        pattern: String,
        /// Characters of the code.
        length: u32,
    },
    /// `auth.sentCodeTypeSetUpEmailRequired#a5491dea`: nothing was sent. The account must have a login e-mail address
    /// first, to which the code then goes.
    SetUpEmailRequired,
    /// Another constructor, by its name in the schema.
    Other(&'static str),
}

/// As what follows "the code was sent": `by SMS`.
impl fmt::Display for SentCodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::App { .. } => "in Telegram, to a device that is signed in",
            Self::Sms { .. } => "by SMS",
            Self::SmsWord { .. } => "by SMS, as a word",
            Self::SmsPhrase { .. } => "by SMS, as a phrase",
            Self::Call { .. } => "by a call",
            Self::FlashCall { .. } => "as the number that calls and hangs up",
            Self::MissedCall { .. } => "as the last digits of a number that calls and hangs up",
            Self::FragmentSms { .. } => "on fragment.com",
            Self::Email { pattern, .. } => return write!(f, "to {pattern}"),
            Self::SetUpEmailRequired | Self::Other(_) => "another way",
        })
    }
}

/// How the next code would travel: `auth.CodeType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeType {
    /// `auth.codeTypeSms#72a3158c`
    Sms,
    /// `auth.codeTypeCall#741cd3e3`
    Call,
    /// `auth.codeTypeFlashCall#226ccefb`
    FlashCall,
    /// `auth.codeTypeMissedCall#d61ad6ee`
    MissedCall,
    /// `auth.codeTypeFragmentSms#06ed998c`
    FragmentSms,
}

/// A code is on its way to a phone: `auth.sentCode#5e002502`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// How it travels (`type`).
    pub code_type: SentCodeType,
    /// Names the flow; goes into every later call of it.
    pub phone_code_hash: String,
    /// How another one would travel (flag 1).
    pub next_type: Option<CodeType>,
    /// After what time another one may be asked for, in whole seconds (flag 2).
    pub timeout: Option<Duration>,
}

/// A code that was mailed, at a login, to a new address, or to recover a password: `account.sentEmailCode#811f854f`,
/// `auth.sentCodeTypeEmailCode#f450f59b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedCode {
    /// The address, most of it hidden, if Telegram says so.
    pub email_pattern: Option<String>,
    /// Of how many characters the code is, if Telegram says so.
    pub length: Option<u32>,
}

/// Which language native names are in, country by country: `help.PassportConfig`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassportConfig {
    /// `help.passportConfigNotModified#bfb9f457`: what the given hash names still holds.
    NotModified,
    /// `help.passportConfig#a098d6af`
    Config {
        /// Names this version; 0 asks for it in any case.
        hash: i32,
        /// A JSON object from upper-case country code to language code (`countries_langs.data`).
        countries_langs: String,
    },
}
