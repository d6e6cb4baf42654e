//! Takes the library out of a downloaded package, if both are what was pinned.

use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use crate::tdlib::checksum;
use crate::tdlib::pin::{Member, Package, RegistryClient};

/// No library is larger; what claims to be is not unpacked further.
const MAX_MEMBER_BYTES: u64 = 256 << 20;

/// Why a package was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The archive is not the pinned one.
    #[error("{} has the SHA-256 {found}, not the pinned {expected}: it is not used", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// The pinned checksum.
        expected: String,
        /// Its checksum.
        found: String,
    },
    /// A file in it is not the pinned one.
    #[error("{file} in the package has the SHA-256 {found}, not the pinned {expected}: it is not used")]
    Member {
        /// The file's name.
        file: String,
        /// The pinned checksum.
        expected: String,
        /// Its checksum.
        found: String,
    },
    /// A file is not in it.
    #[error("{file} is not in the package")]
    Missing {
        /// The file's name.
        file: String,
    },
    /// The archive cannot be read.
    #[error("{} cannot be unpacked", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The files of a package that are to be installed, the library last.
pub(super) fn extract<'a>(
    package: &'a Package,
    archive: &Path,
) -> Result<Vec<(&'a Member, Vec<u8>)>, PackageError> {
    let unreadable = |source| PackageError::Unreadable { path: archive.into(), source };
    let bytes = fs::read(archive).map_err(unreadable)?;
    let found = checksum::sha256(&bytes);
    if found != package.sha256 {
        return Err(PackageError::Archive { path: archive.into(), expected: package.sha256.clone(), found });
    }
    let mut files = Vec::new();
    for member in package.beside.iter().chain([&package.library]) {
        let name = format!("{}/{}", package.folder, member.file);
        let contents = match package.client {
            RegistryClient::Pip => from_zip(&bytes, &name),
            RegistryClient::Npm => from_tar_gz(&bytes, &name),
        };
        let contents = contents.map_err(unreadable)?;
        let contents = contents.ok_or_else(|| PackageError::Missing { file: member.file.clone() })?;
        let found = checksum::sha256(&contents);
        if found != member.sha256 {
            let (file, expected) = (member.file.clone(), member.sha256.clone());
            return Err(PackageError::Member { file, expected, found });
        }
        files.push((member, contents));
    }
    Ok(files)
}

fn from_zip(archive: &[u8], name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive))?;
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    contents(file).map(Some)
}

fn from_tar_gz(archive: &[u8], name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    for entry in archive.entries()? {
        let entry = entry?;
        if entry.path()?.as_os_str() == name {
            return contents(entry).map(Some);
        }
    }
    Ok(None)
}

fn contents(file: impl Read) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    file.take(MAX_MEMBER_BYTES).read_to_end(&mut contents)?;
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn package(client: RegistryClient, archive: &[u8], library: &str) -> Package {
        Package {
            platform: String::new(),
            client,
            name: String::new(),
            tag: None,
            sha256: checksum::sha256(archive),
            folder: "in".to_owned(),
            library: Member { file: library.to_owned(), sha256: checksum::sha256(b"library") },
            beside: vec![Member { file: "other".to_owned(), sha256: checksum::sha256(b"other") }],
        }
    }

    fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, contents) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(contents.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn tarred(files: &[(&str, &str)]) -> Vec<u8> {
        let mut archive =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for (name, contents) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(contents.len() as u64);
            archive.append_data(&mut header, name, contents.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    fn extracted(package: &Package, archive: &[u8]) -> Result<Vec<(String, Vec<u8>)>, PackageError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive");
        fs::write(&path, archive).unwrap();
        let files = extract(package, &path)?;
        Ok(files.into_iter().map(|(member, contents)| (member.file.clone(), contents)).collect())
    }

    #[test]
    fn the_pinned_files_are_taken_out_the_library_last() {
        let files = [("in/library", "library"), ("in/other", "other"), ("in/more", "more")];
        for (client, archive) in
            [(RegistryClient::Pip, zipped(&files)), (RegistryClient::Npm, tarred(&files))]
        {
            let taken = extracted(&package(client, &archive, "library"), &archive).unwrap();
            let expected =
                [("other".to_owned(), b"other".to_vec()), ("library".to_owned(), b"library".to_vec())];
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn whatever_differs_from_the_pin_is_refused() {
        for (client, pack) in [
            (RegistryClient::Pip, zipped as fn(&[(&str, &str)]) -> Vec<u8>),
            (RegistryClient::Npm, tarred as fn(&[(&str, &str)]) -> Vec<u8>),
        ] {
            let good = pack(&[("in/library", "library"), ("in/other", "other")]);
            let another = pack(&[("in/library", "library"), ("in/other", "another")]);
            let refused = extracted(&package(client, &good, "library"), &another);
            assert!(matches!(refused, Err(PackageError::Archive { .. })));
            let refused = extracted(&package(client, &another, "library"), &another);
            assert!(matches!(refused, Err(PackageError::Member { file, .. }) if file == "other"));
            let refused = extracted(&package(client, &good, "absent"), &good);
            assert!(matches!(refused, Err(PackageError::Missing { file }) if file == "absent"));
            let refused = extracted(&package(client, b"no archive", "library"), b"no archive");
            assert!(matches!(refused, Err(PackageError::Unreadable { .. })));
        }
    }
}
