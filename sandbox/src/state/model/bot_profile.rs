use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a bot says of itself: each text by language, "" for everybody else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotProfile {
    /// Its name, where it is not the registered one.
    pub names: BTreeMap<String, String>,
    /// What an empty chat shows.
    pub descriptions: BTreeMap<String, String>,
    /// What its profile shows.
    pub short_descriptions: BTreeMap<String, String>,
    /// Its commands, by whom they are for and the language.
    pub commands: BTreeMap<(CommandScope, String), Vec<BotCommand>>,
    /// The button beside the input field: by person, and for everybody else. As JSON, `MenuButton`.
    pub menu_buttons: BTreeMap<Option<i64>, String>,
}

/// For whom commands are, as JSON without white space: `{"type":"default"}`.
pub type CommandScope = String;

/// `BotCommand`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotCommand {
    /// Without the slash.
    pub command: String,
    /// What it does.
    pub description: String,
}
