//! A directory of a TIFF structure. A TIFF file is one, and so is an EXIF block.

/// More values than any tag of a picture has; a page of the greatest height has fewer strips.
const MAX_VALUES: usize = 1 << 20;
/// More entries than any directory has.
const MAX_ENTRIES: usize = 4096;

/// One directory: its entries, each with the place of its values.
///
/// Read by what is there: a number counts as one whichever of the integer types it was written as, since cameras
/// and scanners choose freely among them. An entry whose values lie outside of the file has none.
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    layout: Layout,
    entries: Vec<Entry>,
    /// Whether the file ends before the directory does.
    pub(super) is_cut_off: bool,
    /// Where the next directory is, if there is one.
    pub(super) next: Option<usize>,
}

#[derive(Clone, Copy)]
struct Layout {
    little: bool,
    /// BigTIFF: counts and offsets of eight bytes.
    big: bool,
}

struct Entry {
    tag: u16,
    /// Where the entry itself stands.
    at: usize,
    kind: u16,
    start: usize,
    length: usize,
}

impl Layout {
    fn of(bytes: &[u8]) -> Option<(Self, usize)> {
        let layout = |little, big| Self { little, big };
        let (found, at) = match bytes.get(..4)? {
            b"II*\0" => (layout(true, false), 4),
            b"MM\0*" => (layout(false, false), 4),
            b"II+\0" => (layout(true, true), 8),
            b"MM\0+" => (layout(false, true), 8),
            _ => return None,
        };
        let start = found.offset(bytes, at)?;
        Some((found, start))
    }

    /// An unsigned number of this many bytes.
    fn number(self, bytes: &[u8], at: usize, size: usize) -> Option<u64> {
        let digits = bytes.get(at..at.checked_add(size)?)?;
        let push = |number: u64, digit: &u8| number << 8 | u64::from(*digit);
        Some(if self.little { digits.iter().rev().fold(0, push) } else { digits.iter().fold(0, push) })
    }

    fn offset(self, bytes: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.number(bytes, at, if self.big { 8 } else { 4 })?).ok()
    }
}

impl<'a> Directory<'a> {
    /// The first directory, if the bytes begin as a TIFF structure does.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        let (layout, start) = Layout::of(bytes)?;
        Self::at(bytes, layout, start)
    }

    /// The directory after this one.
    pub(super) fn following(&self) -> Option<Self> {
        Self::at(self.bytes, self.layout, self.next?)
    }

    fn at(bytes: &'a [u8], layout: Layout, start: usize) -> Option<Self> {
        let (count_size, entry_size, inline_size) = if layout.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = usize::try_from(layout.number(bytes, start, count_size)?).ok()?.min(MAX_ENTRIES);
        let first = start + count_size;
        let mut entries = Vec::new();
        let is_cut_off = bytes.len() < first.saturating_add(count * entry_size);
        for at in (0..count).map(|index| first + index * entry_size) {
            let (Some(tag), Some(kind)) = (layout.number(bytes, at, 2), layout.number(bytes, at + 2, 2))
            else {
                break;
            };
            let count = layout.number(bytes, at + 4, inline_size).unwrap_or(0);
            let size = match kind {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 | 13 => 4,
                5 | 10 | 12 | 16..=18 => 8,
                _ => continue,
            };
            let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
            let inline = at + 4 + inline_size;
            let place = length.and_then(|length| {
                let start = if length <= inline_size { inline } else { layout.offset(bytes, inline)? };
                bytes.get(start..start.checked_add(length)?).map(|_| (start, length))
            });
            let (start, length) = place.unwrap_or((0, 0));
            entries.push(Entry { tag: tag as u16, at, kind: kind as u16, start, length });
        }
        let next = layout.offset(bytes, first + count * entry_size).filter(|next| *next > 0);
        Some(Self { bytes, layout, entries, is_cut_off, next })
    }

    /// Whether 16-bit samples lie in the file with their less significant byte first.
    pub(super) fn is_little(&self) -> bool {
        self.layout.little
    }

    /// Where in the file each entry stands, and each value that lies outside of its entry.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.entries.iter().flat_map(|entry| [entry.at, entry.start])
    }

    /// Each tag.
    pub(super) fn tags(&self) -> impl Iterator<Item = u16> + '_ {
        self.entries.iter().map(|entry| entry.tag)
    }

    /// Whether a tag is there, but its values lie behind the end of the file.
    pub(super) fn has_lost(&self, tag: u16) -> bool {
        self.entries.iter().any(|entry| entry.tag == tag && entry.start == 0)
    }

    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag && entry.length > 0)
    }

    /// The bytes of a tag, whatever they stand for.
    pub(super) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(tag)?;
        self.bytes.get(entry.start..entry.start + entry.length)
    }

    /// The unsigned integers of a tag.
    pub(super) fn numbers(&self, tag: u16) -> Option<Vec<u64>> {
        let size = match self.entry(tag)?.kind {
            1 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 13 => 4,
            16..=18 => 8,
            _ => return None,
        };
        let bytes = self.bytes(tag)?;
        if bytes.len() / size > MAX_VALUES {
            return None;
        }
        (0..bytes.len() / size).map(|index| self.layout.number(bytes, index * size, size)).collect()
    }

    /// The first of them.
    pub(super) fn number(&self, tag: u16) -> Option<u64> {
        self.numbers(tag)?.first().copied()
    }

    /// Fractions (`RATIONAL`).
    pub(super) fn fractions(&self, tag: u16) -> Option<Vec<f64>> {
        let bytes = self.entry(tag).filter(|entry| entry.kind == 5).and_then(|_| self.bytes(tag))?;
        let part = |at| self.layout.number(bytes, at, 4).map(|number| number as f64);
        (0..bytes.len().min(64) / 8).map(|index| Some(part(8 * index)? / part(8 * index + 4)?)).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The tag of the one entry.
    pub(in crate::scan) const TAG: u16 = 274;

    /// One entry in either byte order, its value as it lies in the entry.
    pub(in crate::scan) fn structure(little: bool, kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        let mut number = |number: u32, size: usize| {
            let digits = if little { number.to_le_bytes() } else { number.to_be_bytes() };
            bytes.extend(if little { &digits[..size] } else { &digits[4 - size..] });
        };
        for (value, size) in [(8, 4), (1, 2), (u32::from(TAG), 2), (u32::from(kind), 2), (1, 4)] {
            number(value, size);
        }
        bytes.extend(value);
        bytes.resize(8 + 2 + 8 + 4 + 4, 0);
        bytes
    }

    #[test]
    fn what_lies_outside_of_the_file_is_not_there() {
        let whole = structure(true, 3, &[6, 0]);
        for end in 0..whole.len() {
            let found = Directory::first(&whole[..end]).map(|directory| directory.number(TAG));
            assert!(matches!(found, None | Some(None) | Some(Some(6))), "{end}");
        }
        assert!(Directory::first(b"II*\0\xff\xff\xff\xff").is_none());
        assert!(Directory::first(b"II+\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff").is_none());
    }
}
