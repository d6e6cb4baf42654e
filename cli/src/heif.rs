//! HEIC, as iPhones make it: read by the system's own converter, since no decoder for it may be shipped everywhere.
//!
//! The converter is foreign code that is fed with outside bytes, and reads and writes files. So it is a process of its
//! own with little memory, time and space, its files lie in a place for their owner alone, and both end with the future
//! that waits for it.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use telegram_passport::disk::PlainFolder;
use telegram_passport::scan::MAX_CONVERTED_BYTES;
use telegram_passport::vault::FileContents;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

/// The converter's names, the newer first.
const CONVERTERS: [&str; 2] = ["heif-dec", "heif-convert"];
/// What to do where there is none.
const INSTALL: &str = "install a converter for it (on Debian: apt install libheif-examples) and try again, or save the \
                       photo as JPEG";

/// How long it may take; a photo of 48 megapixels takes a few seconds, a busy machine longer.
const TIME_OUT: Duration = Duration::from_secs(180);
/// Its address space, in KiB.
const MEMORY: u64 = 3 * 1024 * 1024;
/// A file that it writes, in units of 512 bytes.
const FILE_SIZE: u64 = (MAX_CONVERTED_BYTES / 512) as u64;

/// A converted photo.
pub(crate) struct Converted {
    /// A PNG.
    pub(crate) picture: FileContents,
    /// There were others in the file.
    pub(crate) several: bool,
    /// It lies upright, whatever the camera's note says that the converter may have left in it.
    pub(crate) upright: bool,
}

/// Has a HEIC photo converted; its files lie in this folder.
///
/// # Errors
/// What stood in the way, and what to do, as the rest of a sentence about the photo.
pub(crate) async fn convert(photo: &FileContents, folder: PlainFolder) -> Result<Converted, String> {
    let Some(converter) = CONVERTERS.iter().find_map(|name| installed(name)) else {
        return Err(INSTALL.to_owned());
    };
    let failed = |error: io::Error| format!("the converter {} cannot be run: {error}", converter.display());
    let work = Work::begin(photo, folder).map_err(failed)?;
    let mut running = Running(work.command(&converter).spawn().map_err(failed)?);
    let end = Instant::now() + TIME_OUT;
    let status = loop {
        if let Some(status) = running.0.try_wait().map_err(failed)? {
            break status;
        }
        if Instant::now() >= end {
            return Err(format!(
                "its conversion took more than {} seconds; save it as JPEG",
                TIME_OUT.as_secs()
            ));
        }
        sleep(Duration::from_millis(20)).await;
    };
    let unreadable =
        || format!("{} cannot read it; save it as JPEG", converter.file_name().unwrap_or_default().display());
    if !status.success() {
        return Err(unreadable());
    }
    let (picture, several) = work.result().map_err(failed)?.ok_or_else(unreadable)?;
    Ok(Converted { picture, several, upright: turns(photo.as_bytes()) })
}

/// Whether the file says by its own properties how its pixels are turned or mirrored, which is done where it is read.
/// The EXIF block of such a photo says so once more, and is not followed (ISO/IEC 23008-12).
fn turns(photo: &[u8]) -> bool {
    // The box of all metadata has a version and flags before its content.
    let meta = boxes(photo).find(|(name, _)| *name == b"meta").and_then(|(_, content)| content.get(4..));
    let inside =
        |content, wanted| boxes(content).find(|(name, _)| *name == wanted).map(|(_, content)| content);
    let properties = meta.and_then(|meta| inside(meta, b"iprp")).and_then(|all| inside(all, b"ipco"));
    boxes(properties.unwrap_or_default()).any(|(name, _)| matches!(name, b"irot" | b"imir"))
}

/// The boxes of an ISO file: names and contents, as far as they are whole.
fn boxes(mut rest: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let length = u64::from(u32::from_be_bytes(*rest.first_chunk()?));
        let name = rest.get(4..)?.first_chunk()?;
        let (head, length) = match length {
            0 => (8, rest.len() as u64),
            1 => (16, u64::from_be_bytes(*rest.get(8..)?.first_chunk()?)),
            _ => (8, length),
        };
        let length = usize::try_from(length).ok()?;
        let content = rest.get(head..length)?;
        rest = &rest[length..];
        Some((name, content))
    })
}

/// A program on the search path.
fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The converter's files, which are removed when it is dropped.
struct Work(PlainFolder);

impl Work {
    fn begin(photo: &FileContents, folder: PlainFolder) -> io::Result<Self> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(folder.path().join("photo.heic"))?.write_all(photo.as_bytes())?;
        Ok(Self(folder))
    }

    /// The converter under a shell that bounds it and then becomes it.
    fn command(&self, converter: &Path) -> Command {
        let mut command = Command::new("sh");
        let bounded = format!(
            "umask 077; ulimit -c 0; ulimit -v {MEMORY} && ulimit -f {FILE_SIZE} && ulimit -t {} && exec \"$0\" \
             photo.heic photo.png",
            TIME_OUT.as_secs()
        );
        command.args(["-c", &bounded]).arg(converter).current_dir(self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// The picture, or the first of several, which the converter numbers; and whether there are.
    fn result(&self) -> io::Result<Option<(FileContents, bool)>> {
        let numbered = self.0.path().join("photo-1.png");
        let several = numbered.is_file();
        let file = if several { numbered } else { self.0.path().join("photo.png") };
        if !file.is_file() {
            return Ok(None);
        }
        let length = fs::metadata(&file)?.len();
        let most = FILE_SIZE * 512;
        let mut picture = Zeroizing::new(Vec::with_capacity(usize::try_from(length.min(most)).unwrap_or(0)));
        fs::File::open(&file)?.take(most).read_to_end(&mut picture)?;
        Ok(Some((picture.into(), several)))
    }
}

/// A process that does not outlive whoever waits for it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn files_of_a_conversion_are_its_owners_and_go_with_it() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().expect("a folder");
        let photo = FileContents::from(b"photo".to_vec());
        let folder = PlainFolder::create_in(place.path()).expect("created");
        let work = Work::begin(&photo, folder).expect("begun");
        let written = fs::metadata(work.0.path().join("photo.heic")).expect("there");
        assert_eq!(written.permissions().mode() & 0o777, 0o600);
        drop(work);
        assert_eq!(fs::read_dir(place.path()).expect("readable").count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_converter_that_hangs_ends_with_whoever_waits_for_it() {
        let place = tempfile::tempdir().expect("a folder");
        let photo = FileContents::from(b"photo".to_vec());
        let folder = PlainFolder::create_in(place.path()).expect("created");
        let work = Work::begin(&photo, folder).expect("begun");
        let script = place.path().join("hangs");
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o700);
        options
            .open(&script)
            .and_then(|mut file| file.write_all(b"#!/bin/sh\nexec sleep 600\n"))
            .expect("written");
        let mut command = work.command(&script);
        let running = Running(command.spawn().expect("spawned"));
        let id = running.0.id();
        drop(running);
        // It was waited for: nobody has this number any more, or it is another process.
        let still = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        assert!(!still.contains("hangs") && !still.contains("sleep"), "{still}");
    }
}
