//! A picture from a phone becomes a Passport scan: upright, small enough, without place and camera.
//!
//! `cargo run --example prepare_a_scan -- picture.png scan.jpg`
#![allow(clippy::print_stdout)] // an example shows what it does

use std::error::Error;

use telegram_passport::scan;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [picture, target] = arguments.as_slice() else {
        return Err("usage: prepare_a_scan PICTURE TARGET".into());
    };
    let scan = scan::prepare(&std::fs::read(picture)?)?;
    println!(
        "{}×{} pixels, {} bytes, {}",
        scan.width(),
        scan.height(),
        scan.as_bytes().len(),
        scan.quality().map_or("a scan already".to_owned(), |quality| format!("quality {quality}"))
    );
    for remark in scan.remarks() {
        println!("{remark}");
    }
    std::fs::write(target, scan.as_bytes())?;
    Ok(())
}
