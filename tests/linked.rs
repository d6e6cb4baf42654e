//! TDLib linked into a program: `TDLIB_LINK_DIR=… cargo test --features tdlib --test linked`, in `.ci/full`.

use telegram_passport::tdlib::{Library, LoadError, Server};

#[test]
fn a_linked_tdlib_is_the_only_one() {
    let linked = Library::linked().expect("built with TDLIB_LINK_DIR");
    assert_eq!(linked.server(), &Server::Telegram);
    let program = std::env::current_exe().expect("a test has a file");
    assert_eq!(linked.path(), program);
    assert!(std::ptr::eq(linked, Library::linked().expect("it is in use")));
    assert!(std::ptr::eq(linked, Library::loaded().expect("it is in use")));
    let other = program.with_file_name("Cargo.toml");
    std::fs::write(&other, "no library").expect("a file beside the test");
    assert!(matches!(Library::load(&other), Err(LoadError::AlreadyLoaded { .. })));
    std::fs::remove_file(other).expect("it was written");
}
