//! A bot opens a share, from the update it received, its private key and the files it downloaded.
//!
//! `cargo run --example open_as_the_bot -- share/update.json bot.pem share/files`
#![allow(clippy::print_stdout)] // an example shows what it does

use std::error::Error;
use std::path::Path;

use telegram_passport::element::Field;
use telegram_passport::vault::bot::{BotPrivateKey, PassportData};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [update, key, files] = arguments.as_slice() else {
        return Err(
            "usage: open_as_the_bot UPDATE KEY FILES (tgpassport demo --out DIR makes all three)".into()
        );
    };
    let key = BotPrivateKey::from_pem(&std::fs::read_to_string(key)?)?;
    let data = PassportData::parse(&std::fs::read_to_string(update)?, &[])?;
    let share = data.open(&key, None, |file| {
        // The name of a file comes from outside: never let it be a path.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !file.file_id.chars().all(plain) {
            return Err(std::io::ErrorKind::InvalidFilename.into());
        }
        std::fs::read(Path::new(files).join(&file.file_id))
    })?;

    // Compare it with the nonces of your requests, and accept each one once.
    println!("{} {:?}", share.credentials.nonce_name().name(), share.credentials.nonce());
    for opened in &share.elements {
        println!("{}", opened.kind().title());
        for field in Field::of(opened.kind()) {
            println!("  {field}: {}", opened.element.text(*field).unwrap_or_default().as_str());
        }
        for (part, contents) in opened.element.files() {
            println!("  {part}: {} bytes", contents.as_bytes().len());
        }
    }
    Ok(())
}
