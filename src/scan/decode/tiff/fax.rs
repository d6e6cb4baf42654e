//! Bilevel pages as fax machines code them: ITU-T T.4 (modified Huffman, Group 3) and T.6 (Group 4).
//!
//! The code tables are those of the `fax` crate; its own decoders know Group 4 and the one-dimensional form of
//! Group 3, and fill what is missing. Here a page is whole or it is refused.

use std::convert::Infallible;

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};
use zeroize::Zeroizing;

use super::fault::Fault;

/// How the rows are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Modified Huffman: each row begins at a multiple of this many bits, and there are no marks between rows.
    Aligned(usize),
    /// Group 3: an end-of-line mark before each row, which with `two_dimensional` tells the coding of the row.
    Group3 {
        /// Rows may be coded by what differs from the row before.
        two_dimensional: bool,
    },
    /// Group 4: each row is coded by what differs from the row before, without marks.
    Group4,
}

/// An end-of-line mark is eleven zeros, or more, and a one.
const MARK_ZEROS: u8 = 11;

/// Decodes so many rows into packed bits, 1 for black; each row begins a new byte.
///
/// # Errors
/// [`Fault::Short`] if the data ends before the page does, unless it says itself that the rest is white.
pub(super) fn decode(
    data: &[u8],
    width: usize,
    rows: usize,
    coding: Coding,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut page = Page { bits: Bits { data, at: 0 }, width, above: Vec::new(), row: Vec::new() };
    let bytes_per_row = width.div_ceil(8);
    let mut packed = Zeroizing::new(vec![0; bytes_per_row * rows]);
    for target in packed.chunks_exact_mut(bytes_per_row.max(1)) {
        let decoded = page.read(coding);
        if page.bits.overrun() || (decoded.is_err() && page.bits.rest_is_empty()) {
            return Err(Fault::Short);
        }
        if decoded? == Read::EndOfPage {
            break;
        }
        blacken(target, &page.row, width);
        std::mem::swap(&mut page.above, &mut page.row);
    }
    Ok(packed)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Row,
    /// The data says itself that nothing follows.
    EndOfPage,
}

struct Page<'a> {
    bits: Bits<'a>,
    width: usize,
    /// Where colours change in the row above, the first time from white to black; each is less than the width.
    above: Vec<usize>,
    row: Vec<usize>,
}

impl Page<'_> {
    fn read(&mut self, coding: Coding) -> Result<Read, Fault> {
        self.row.clear();
        match coding {
            Coding::Aligned(bits) => {
                self.bits.at = self.bits.at.next_multiple_of(bits);
                self.one_dimensional()
            }
            Coding::Group3 { two_dimensional } => {
                let marks = self.skip_marks(two_dimensional);
                if marks > 1 {
                    // Six marks end a page; fewer do where nothing follows.
                    let ends = marks >= 6 || self.bits.rest_is_empty();
                    return if ends { Ok(Read::EndOfPage) } else { Err(Fault::Bad) };
                }
                // Without marks nothing tells that a row is two-dimensional.
                if two_dimensional && marks == 1 && self.bits.take() == 0 {
                    self.two_dimensional()
                } else {
                    self.one_dimensional()
                }
            }
            Coding::Group4 => self.two_dimensional(),
        }
    }

    /// Passes by the marks before a row, and counts them; with `tagged`, a bit stands between them.
    fn skip_marks(&mut self, tagged: bool) -> usize {
        let mut marks = 0;
        loop {
            let before = self.bits.at;
            if tagged && marks > 0 {
                self.bits.at += 1;
            }
            if self.bits.peek_bits(MARK_ZEROS) != 0 {
                self.bits.at = before;
                return marks;
            }
            while self.bits.peek_bits(1) == 0 && !self.bits.overrun() {
                self.bits.at += 1;
            }
            if self.bits.overrun() {
                self.bits.at = before;
                return marks;
            }
            self.bits.at += 1;
            marks += 1;
        }
    }

    fn one_dimensional(&mut self) -> Result<Read, Fault> {
        let (mut at, mut is_black) = (0, false);
        while at < self.width {
            at += self.run(is_black)?;
            self.change(at)?;
            is_black = !is_black;
        }
        Ok(Read::Row)
    }

    fn two_dimensional(&mut self) -> Result<Read, Fault> {
        // `None` is the place before the first pixel, where a change at 0 still lies ahead.
        let (mut at, mut is_black): (Option<usize>, bool) = (None, false);
        let mut reference = 0;
        while at.is_none_or(|at| at < self.width) {
            // The first change above that lies ahead and is to the other colour.
            while reference > 0 && at.is_none_or(|at| self.above[reference - 1] > at) {
                reference -= 1;
            }
            while self.above.get(reference).is_some_and(|change| at.is_some_and(|at| *change <= at))
                || (reference < self.above.len() && (reference % 2 == 1) != is_black)
            {
                reference += 1;
            }
            let above = |index: usize| self.above.get(index).copied().unwrap_or(self.width);
            match mode::decode(&mut self.bits).ok_or(Fault::Bad)? {
                Mode::Pass => at = Some(above(reference + 1)),
                Mode::Vertical(delta) => {
                    let to = above(reference).checked_add_signed(isize::from(delta)).ok_or(Fault::Bad)?;
                    // To where it is already: some programs end a run so that has no length.
                    if at.is_some_and(|at| to < at) {
                        return Err(Fault::Bad);
                    }
                    self.change(to)?;
                    is_black = !is_black;
                    at = Some(to);
                }
                Mode::Horizontal => {
                    let middle = at.unwrap_or(0) + self.run(is_black)?;
                    self.change(middle)?;
                    let to = middle + self.run(!is_black)?;
                    self.change(to)?;
                    at = Some(to);
                }
                Mode::Extension => return Err(Fault::Unsupported("fax data without compression")),
                // Two marks end a page of Group 4.
                Mode::EOF if at.is_none() && self.bits.peek_bits(12) == 1 => return Ok(Read::EndOfPage),
                Mode::EOF => return Err(Fault::Bad),
            }
        }
        Ok(Read::Row)
    }

    /// The length of a run: any number of codes for multiples of 64, and one for less.
    fn run(&mut self, is_black: bool) -> Result<usize, Fault> {
        let mut length = 0;
        loop {
            let code = if is_black { black::decode(&mut self.bits) } else { white::decode(&mut self.bits) };
            let code = usize::from(code.ok_or(Fault::Bad)?);
            length += code;
            if length > self.width {
                return Err(Fault::Bad);
            }
            if code < 64 {
                return Ok(length);
            }
        }
    }

    /// Notes that the colour changes here. Two changes in one place are none; at the end there is none.
    fn change(&mut self, at: usize) -> Result<(), Fault> {
        if at > self.width {
            return Err(Fault::Bad);
        }
        if self.row.last() == Some(&at) {
            self.row.pop();
        } else if at < self.width {
            self.row.push(at);
        }
        Ok(())
    }
}

fn blacken(row: &mut [u8], changes: &[usize], width: usize) {
    for pair in changes.chunks(2) {
        for x in pair[0]..pair.get(1).copied().unwrap_or(width) {
            row[x / 8] |= 0x80 >> (x % 8);
        }
    }
}

/// The data bit by bit, the most significant first; behind its end there are zeros.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn peek_bits(&self, count: u8) -> u16 {
        let byte = |index: usize| u32::from(self.data.get(index).copied().unwrap_or(0));
        let first = self.at / 8;
        let window = (0..4).fold(0, |window, index| window << 8 | byte(first + index));
        ((u64::from(window) << (self.at % 8 + usize::from(count)) >> 32) & ((1 << count) - 1)) as u16
    }

    fn take(&mut self) -> u16 {
        let bit = self.peek_bits(1);
        self.at += 1;
        bit
    }

    /// Whether nothing but zeros follows.
    fn rest_is_empty(&self) -> bool {
        let byte = self.at / 8;
        let begun = self.data.get(byte).is_none_or(|begun| begun << (self.at % 8) == 0);
        begun && self.data.iter().skip(byte + 1).all(|byte| *byte == 0)
    }

    /// Whether more was taken than there is.
    fn overrun(&self) -> bool {
        self.at > 8 * self.data.len()
    }
}

impl BitReader for Bits<'_> {
    type Error = Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        (bits <= 16).then(|| self.peek_bits(bits))
    }

    fn consume(&mut self, bits: u8) -> Result<(), Infallible> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        ((8 - self.at % 8) % 8) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written as in the tables of T.4 and T.6; spaces count for nothing.
    fn bits(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|digit| matches!(digit, b'0' | b'1')).collect();
        let byte =
            |eight: &[u8]| (0..8).fold(0, |byte, bit| byte << 1 | (eight.get(bit).unwrap_or(&b'0') - b'0'));
        digits.chunks(8).map(byte).collect()
    }

    /// White 4, black 2, white to the end.
    const FIRST: &str = "001 1011 11 1";
    const MARK: &str = "000000000001";

    fn rows(text: &str, count: usize, coding: Coding) -> Result<Vec<u8>, Fault> {
        decode(&bits(text), 8, count, coding).map(|rows| rows.to_vec())
    }

    #[test]
    fn a_run_without_a_length_is_none() {
        // Black 3, no white, black 3 more, white: the second white begins where the first row's black does, less one.
        let second = "001 00110101 10 010 1 1";
        let page = format!("{FIRST} {second} {MARK} {MARK}");
        assert_eq!(rows(&page, 2, Coding::Group4), Ok(vec![0b0000_1100, 0b1111_1100]));
        // A run that goes back is none either, but a fault: three from the right of 4, where 2 pixels are black.
        let back = format!("{FIRST} 001 00110101 10 0000010 1 {MARK} {MARK}");
        assert_eq!(rows(&back, 2, Coding::Group4), Err(Fault::Bad));
    }

    #[test]
    fn data_that_ends_in_a_code_is_short_and_a_wrong_code_is_bad() {
        let wrong = "000000001111";
        let page = format!("{FIRST} 1 1 1");
        assert_eq!(rows(&page, 2, Coding::Group4), Ok(vec![0b0000_1100; 2]));
        // The third row begins two to the left; within that code the second byte ends.
        let all = bits(&format!("{FIRST} 1 1 1 000010 1 1"));
        let rows_of_all = decode(&all, 8, 3, Coding::Group4).map(|rows| rows.to_vec());
        assert_eq!(rows_of_all, Ok(vec![0b0000_1100, 0b0000_1100, 0b0011_1100]));
        for length in 0..all.len() {
            let cut = decode(&all[..length], 8, 3, Coding::Group4).map(drop);
            assert_eq!(cut, Err(Fault::Short), "{length}");
        }
        assert_eq!(rows(&format!("{FIRST} {wrong} {FIRST}"), 2, Coding::Group4), Err(Fault::Bad));
        // The same in Group 3, each row after a mark: white 4, black 2, white 2.
        let row = format!("{MARK} 1011 11 0111");
        let coding = Coding::Group3 { two_dimensional: false };
        assert_eq!(rows(&format!("{row} {row}"), 2, coding), Ok(vec![0b0000_1100; 2]));
        assert_eq!(rows(&format!("{row} {MARK} 1011 1"), 2, coding).map(drop), Err(Fault::Short));
        assert_eq!(rows(&format!("{row} {MARK} {wrong} {row}"), 3, coding), Err(Fault::Bad));
    }
}
