//! The scripts that the server runs. Each uses one key.

use std::sync::LazyLock;

use redis::Script as Compiled;

/// A script. The server identifies it by its hash.
pub(super) struct Script {
    text: &'static str,
    compiled: LazyLock<Compiled>,
}

macro_rules! script {
    ($name:ident, $file:literal) => {
        script!($name, include_str!($file));
    };
    // The script, after the common part of all scripts that use rows.
    ($name:ident, row $file:literal) => {
        script!($name, concat!(include_str!("row.lua"), include_str!($file)));
    };
    ($name:ident, $text:expr) => {
        pub(super) static $name: Script = Script { text: $text, compiled: LazyLock::new(|| Compiled::new($text)) };
    };
}

script!(BEGIN, row "begin.lua");
script!(GET, row "get.lua");
script!(ADVANCE, row "advance.lua");
script!(PROVE, row "prove.lua");
script!(CONFIRM, row "confirm.lua");
script!(END, row "end.lua");
script!(FORGET, row "forget.lua");
script!(INDEXED, row "indexed.lua");
script!(ENTER, "enter.lua");
script!(TIDY, "tidy.lua");

/// All scripts.
pub(super) static ALL: [&Script; 10] =
    [&BEGIN, &GET, &ADVANCE, &PROVE, &CONFIRM, &END, &FORGET, &INDEXED, &ENTER, &TIDY];

impl Script {
    pub(super) fn text(&self) -> &'static str {
        self.text
    }

    pub(super) fn hash(&self) -> &str {
        self.compiled.get_hash()
    }
}
