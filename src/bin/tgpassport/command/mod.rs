//! One module for each command: from its arguments to an answer or a failure.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod man;
pub(crate) mod open;
pub(crate) mod person_new;
pub(crate) mod request_new;
pub(crate) mod request_show;
pub(crate) mod simulate;
pub(crate) mod tdlib_install;
