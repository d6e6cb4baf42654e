//! TDLib's functions, as far as this crate calls them.
//!
//! `tdlib-rs` brings a Rust function for each, which panics on an answer it does not know and logs answers that
//! nobody waits for. So only its types are used, and a call is a value here: what is sent, and what the answer is
//! read as.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A function of TDLib with its arguments, for [`Client::call`](super::Client::call).
///
/// It serialises as TDLib's JSON, `@type` included; `bytes` are base64 there, and `int64` are strings.
pub trait Function: Serialize {
    /// The function's name, as in `td_api.tl`.
    const NAME: &'static str;
    /// What the answer is read as: a type of `tdlib_rs`, or [`Done`].
    type Answer: DeserializeOwned;
    /// Whether it changes anything that matters beyond this client. Without an answer nobody knows then whether it
    /// did: [`RequestError::OutcomeUnknown`](super::RequestError::OutcomeUnknown).
    const CHANGES: bool = false;
}

/// TDLib's `ok`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "@type")]
pub enum Done {
    /// It was done.
    #[serde(rename = "ok")]
    Ok,
}

/// Declares functions: `Name<'a>, "name", { argument: Type } -> Answer;`, and `"name" changes` for what changes
/// something.
///
/// None has a `Debug`, for some arguments are passwords.
macro_rules! functions {
    (@changes) => { false };
    (@changes changes) => { true };
    ($($(#[$doc:meta])* $name:ident $(<$life:lifetime>)?, $td_name:literal $($changes:ident)?,
        { $($field:ident: $type:ty),* $(,)? } -> $answer:ty;)*) => {
    $(
        $(#[$doc])*
        #[derive(serde::Serialize)]
        #[serde(tag = "@type", rename = $td_name)]
        pub(in crate::tdlib) struct $name $(<$life>)? {
            $(pub(in crate::tdlib) $field: $type,)*
        }

        impl $(<$life>)? $crate::tdlib::function::Function for $name $(<$life>)? {
            const NAME: &'static str = $td_name;
            type Answer = $answer;
            const CHANGES: bool = $crate::tdlib::function::functions!(@changes $($changes)?);
        }
    )*

        /// Names and arguments of the functions above.
        #[cfg(test)]
        pub(in crate::tdlib) const SIGNATURES: &[(&str, &[&str])] = &[$(($td_name, &[$(stringify!($field)),*])),*];
    };
}
pub(in crate::tdlib) use functions;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::tdlib::{channel, client, login, passport};

    #[test]
    fn what_is_called_is_what_tdlib_has() {
        let lines = include_str!("../../tdlib/td_api.tl").lines();
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
        let known: BTreeMap<&str, Vec<&str>> = lines
            .map(|line| {
                let (call, _) = line.split_once(" =").unwrap();
                let mut words = call.split(' ');
                let name = words.next().unwrap();
                (name, words.map(|word| word.split_once(':').unwrap().0).collect())
            })
            .collect();
        let mut called = Vec::new();
        let rooms = [channel::SIGNATURES, client::SIGNATURES, login::SIGNATURES, passport::SIGNATURES];
        for (name, arguments) in rooms.into_iter().flatten() {
            called.push(*name);
            let known = known.get(name).unwrap_or_else(|| panic!("{name} is not in tdlib/td_api.tl"));
            // What is left out is null, which stands for "as usual".
            assert!(
                arguments.iter().all(|argument| known.contains(&argument.trim_start_matches("r#"))),
                "{name}"
            );
        }
        assert!(known.keys().all(|name| called.contains(name)), "tdlib/td_api.tl has more than is called");
    }
}
