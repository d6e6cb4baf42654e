//! The C functions of TDLib's JSON interface, and the only unsafe code of this crate.
//!
//! `tdlib-rs`, whose types we use, also names three of these functions and leaves them to whoever links it. They
//! are supplied here, so that nothing has to be linked, and do nothing: a process may receive from TDLib in one
//! place only, and that is [`hub`](crate::tdlib). Where `build.rs` has linked TDLib itself, they are its own.
#![allow(unsafe_code)] // a C library, loaded at run time

use std::ffi::{CStr, c_char, c_double, c_int};
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[cfg(unix)]
use libloading::os::unix::Library as Handle;
#[cfg(windows)]
use libloading::os::windows::Library as Handle;

type CreateClientId = unsafe extern "C" fn() -> c_int;
type Send = unsafe extern "C" fn(c_int, *const c_char);
type Receive = unsafe extern "C" fn(c_double) -> *const c_char;
type Execute = unsafe extern "C" fn(*const c_char) -> *const c_char;
type OnMessage = extern "C" fn(c_int, *const c_char);
type SetLogMessageCallback = unsafe extern "C" fn(c_int, Option<OnMessage>);

/// TDLib aborts the process when the handler of a message of this level returns.
const FATAL: c_int = 0;

/// Who is told why TDLib ends the process, and gives the exit code.
static FATAL_HOOK: OnceLock<fn(Fatal) -> u8> = OnceLock::new();

/// Why TDLib ends the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fatal {
    /// It cannot write where a session's directory is: no more fits on the disk, say.
    NotWritten,
    /// Whatever else it does not go on with.
    Other,
}

/// The functions of a library that stays loaded until the process ends.
pub(super) struct Symbols {
    create_client_id: CreateClientId,
    send: Send,
    receive: Receive,
    execute: Execute,
    set_log_message_callback: SetLogMessageCallback,
    receiver_taken: AtomicBool,
}

impl Symbols {
    /// Loads the library and finds its functions. Who names the file vouches for it: its initialisers run.
    pub(super) fn load(path: &Path) -> Result<Self, libloading::Error> {
        // SAFETY: the file is taken to be TDLib, whose initialisers ask for nothing.
        let handle = unsafe { open(path)? };
        // SAFETY: the types are those of td_json_client.h.
        let symbols = unsafe {
            Self {
                create_client_id: *handle.get::<CreateClientId>(c"td_create_client_id")?,
                send: *handle.get::<Send>(c"td_send")?,
                receive: *handle.get::<Receive>(c"td_receive")?,
                execute: *handle.get::<Execute>(c"td_execute")?,
                set_log_message_callback: *handle
                    .get::<SetLogMessageCallback>(c"td_set_log_message_callback")?,
                receiver_taken: AtomicBool::new(false),
            }
        };
        // Never unloaded: TDLib keeps threads of its own.
        std::mem::forget(handle);
        Ok(symbols)
    }

    /// The functions that were linked into this program.
    #[cfg(tdlib_linked)]
    pub(super) fn linked() -> Self {
        unsafe extern "C" {
            fn td_create_client_id() -> c_int;
            fn td_send(client_id: c_int, request: *const c_char);
            fn td_receive(time_out: c_double) -> *const c_char;
            fn td_execute(request: *const c_char) -> *const c_char;
            fn td_set_log_message_callback(max_level: c_int, callback: Option<OnMessage>);
        }
        Self {
            create_client_id: td_create_client_id,
            send: td_send,
            receive: td_receive,
            execute: td_execute,
            set_log_message_callback: td_set_log_message_callback,
            receiver_taken: AtomicBool::new(false),
        }
    }

    /// A number for a new client, which lives from its first request on.
    pub(super) fn create_client_id(&self) -> i32 {
        // SAFETY: any thread may call it at any time.
        unsafe { (self.create_client_id)() }
    }

    /// Hands a request to a client.
    pub(super) fn send(&self, client_id: i32, request: &CStr) {
        // SAFETY: any thread may call it at any time; the text outlives the call, TDLib copies it.
        unsafe { (self.send)(client_id, request.as_ptr()) }
    }

    /// Answers one of the few requests that need no client.
    pub(super) fn execute(&self, request: &CStr) -> Option<Vec<u8>> {
        // SAFETY: any thread may call it at any time; the text outlives the call. The answer is this thread's until
        // its next call.
        copied(unsafe { (self.execute)(request.as_ptr()) })
    }

    /// Has fatal errors told to this function, the first that was given, before they end the process.
    pub(super) fn on_fatal(&self, hook: fn(Fatal) -> u8) {
        FATAL_HOOK.get_or_init(|| hook);
        // SAFETY: any thread may call it at any time; the function stays for good.
        unsafe { (self.set_log_message_callback)(FATAL, Some(fatal)) }
    }

    /// The right to receive, which is given out once.
    pub(super) fn receiver(&'static self) -> Option<Receiver> {
        (!self.receiver_taken.swap(true, Ordering::AcqRel)).then_some(Receiver(self))
    }
}

/// Called by TDLib with a message of its log. What it says may be about somebody, so that it goes no further.
extern "C" fn fatal(level: c_int, message: *const c_char) {
    let Some(hook) = FATAL_HOOK.get().filter(|_| level == FATAL && !message.is_null()) else { return };
    // SAFETY: it is a text that ends with a zero byte, and stays until this returns.
    let message = unsafe { CStr::from_ptr(message) }.to_string_lossy();
    // `ENOSPC`, `EDQUOT`, `EFBIG`, `EIO`, `EROFS` in the system's words.
    let of_writing =
        ["No space left", "quota exceeded", "File too large", "Input/output error", "Read-only file system"];
    let not_written = of_writing.iter().any(|words| message.contains(words));
    let why = if not_written { Fatal::NotWritten } else { Fatal::Other };
    // A panic may not leave this function.
    let code = std::panic::catch_unwind(|| hook(why)).unwrap_or(1);
    unsafe extern "C" {
        fn _exit(code: c_int) -> !;
    }
    // SAFETY: it ends the process, and runs nothing: TDLib's threads are still at work.
    unsafe { _exit(code.into()) }
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols").finish_non_exhaustive()
    }
}

/// The one place of a process that receives; TDLib allows no second.
#[derive(Debug)]
pub(in crate::tdlib) struct Receiver(&'static Symbols);

impl Receiver {
    /// The next update or answer, if one comes in time.
    pub(in crate::tdlib) fn receive(&mut self, time_out: Duration) -> Option<Vec<u8>> {
        // SAFETY: there is one `Receiver`, and it is borrowed here, so no other thread calls it. The answer is ours
        // until the next call.
        copied(unsafe { (self.0.receive)(time_out.as_secs_f64()) })
    }
}

/// What TDLib answered, before it overwrites it.
fn copied(answer: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: it is not null, and then a text that ends with a zero byte.
    (!answer.is_null()).then(|| unsafe { CStr::from_ptr(answer) }.to_bytes().to_vec())
}

/// Private to us, and with its own copies of the libraries it brings: some builds carry an OpenSSL.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
unsafe fn open(path: &Path) -> Result<Handle, libloading::Error> {
    use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
    /// `bits/dlfcn.h` of glibc.
    const RTLD_DEEPBIND: c_int = 8;
    // SAFETY: as the caller promises.
    unsafe { Handle::open(Some(path), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND) }
}

#[cfg(all(unix, not(all(target_os = "linux", target_env = "gnu"))))]
unsafe fn open(path: &Path) -> Result<Handle, libloading::Error> {
    use libloading::os::unix::{RTLD_LOCAL, RTLD_NOW};
    // SAFETY: as the caller promises.
    unsafe { Handle::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
}

/// The folder of the library is searched for what it needs.
#[cfg(windows)]
unsafe fn open(path: &Path) -> Result<Handle, libloading::Error> {
    use libloading::os::windows::{LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR};
    // SAFETY: as the caller promises.
    unsafe {
        Handle::load_with_flags(path, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS)
    }
}

/// Named by `tdlib-rs`; does nothing here.
#[cfg(not(tdlib_linked))]
#[unsafe(no_mangle)]
extern "C" fn td_create_client_id() -> c_int {
    0
}

/// Named by `tdlib-rs`; does nothing here.
#[cfg(not(tdlib_linked))]
#[unsafe(no_mangle)]
extern "C" fn td_send(_client_id: c_int, _request: *const c_char) {}

/// Named by `tdlib-rs`; takes its time, so that who calls it in a loop burns nothing, and has nothing.
#[cfg(not(tdlib_linked))]
#[unsafe(no_mangle)]
extern "C" fn td_receive(time_out: c_double) -> *const c_char {
    std::thread::sleep(Duration::try_from_secs_f64(time_out).unwrap_or_default());
    std::ptr::null()
}
