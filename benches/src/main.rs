//! Compares the vault with OpenSSL doing the same work in the same run, and prints a table.
//!
//! `cargo run --release -p telegram-passport-benches [-- --quick]`. Times are CPU time of this process; a ratio below 1
//! means that the vault is faster. `--quick` does one round of everything, to see that it works.

mod measure;
mod memory;
mod peer;
mod share;

use std::time::Duration;

use measure::{Measured, alternate};
use telegram_passport::vault::Password;
use telegram_passport::vault::hazmat::{PassportSecret, Vault, unwrap_secret, wrap_secret};

const SIZES: [(&str, usize, usize); 3] =
    [("100 kB", 100_000, 101), ("10 MB", 10_000_000, 11), ("100 MB", 100_000_000, 5)];

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, source, target] = arguments.as_slice()
        && word == memory::SEAL
    {
        return memory::seal(source.as_ref(), target.as_ref());
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let rounds = |usual: usize| if quick { 1 } else { usual };

    println!("{}", openssl::version::version());
    println!("{:<34} {:>12} {:>12} {:>8} {:>8}", "work (CPU time)", "vault", "OpenSSL", "best", "median");
    print("derive and unwrap the secret", &derivation(rounds(15)));
    for (name, size, usual) in SIZES {
        let contents = vec![0xa5; size];
        print(&format!("seal {name}"), &seal(&contents, rounds(usual)));
        print(&format!("open {name}"), &open(&contents, rounds(usual)));
    }
    print("share of 13 elements: seal", &share::seal(rounds(11)));
    print("credentials of 13 elements: open", &share::open(rounds(101)));

    let peak = memory::measure()?;
    println!();
    println!("peak memory of sealing 100 MB as a stream: {:.1} MB", peak.sealing as f64 / 1e6);
    println!("the same process with nothing to seal:     {:.1} MB", peak.idle as f64 / 1e6);
    Ok(())
}

fn print(work: &str, measured: &Measured) {
    println!(
        "{work:<34} {:>12} {:>12} {:>8.2} {:>8.2}",
        milliseconds(measured.ours),
        milliseconds(measured.peers),
        measured.best_ratio(),
        measured.median_ratio
    );
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// 100 000 iterations of PBKDF2-HMAC-SHA512 and 32 bytes decrypted.
fn derivation(rounds: usize) -> Measured {
    let password = "correct horse battery staple";
    let secret = PassportSecret::generate();
    let wrapped = wrap_secret(&secret, &Password::from(password), b"8 bytes.");
    let telegram_passport::vault::hazmat::SecretKdf::Pbkdf2HmacSha512Iter100000 { salt } =
        wrapped.kdf.clone()
    else {
        unreachable!("new secrets are wrapped with PBKDF2");
    };
    let encrypted: [u8; 32] = wrapped.encrypted.clone().try_into().expect("32 bytes");
    alternate(
        rounds,
        || drop(unwrap_secret(&Password::from(password), &wrapped).expect("the password is right")),
        || _ = std::hint::black_box(peer::unwrap_secret(password.as_bytes(), &salt, &encrypted)),
    )
}

fn seal(contents: &[u8], rounds: usize) -> Measured {
    let vault = Vault::new(PassportSecret::generate());
    let secret = peer::new_secret();
    alternate(
        rounds,
        || drop(vault.seal_file(contents).expect("unlocked")),
        || drop(peer::seal(&secret, contents)),
    )
}

fn open(contents: &[u8], rounds: usize) -> Measured {
    let vault = Vault::new(PassportSecret::generate());
    let sealed = vault.seal_file(contents).expect("unlocked");
    let secret = peer::new_secret();
    let theirs = peer::seal(&secret, contents);
    alternate(
        rounds,
        || drop(vault.open_file(&sealed.ciphertext, &sealed.hash, &sealed.secret).expect("our own")),
        || drop(peer::open(&secret, &theirs.hash, &theirs.wrapped, &theirs.ciphertext)),
    )
}
