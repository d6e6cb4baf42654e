//! Is the data of a JPEG whole?
//!
//! Decoders do not tell: they fill what they miss, and take zeros, or whatever was appended to a file that was cut off,
//! for data. So the codes are walked through here, as many as the frame has blocks, without making pixels of them
//! (ITU-T T.81, F and G). Where that succeeds, and the data ends where it should, nothing of the picture is missing.

use crate::scan::limits::MAX_PIXELS;

/// How the data of a whole picture ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) enum End {
    /// With the marker that ends a picture, and so does the picture: the place after it.
    Marked(usize),
    /// Without a marker, as phones and interrupted programs leave it: the place where the end of the file, or what was
    /// appended to it, begins.
    Unmarked(usize),
    /// It was not looked for: the frame is of a size that is not decoded either.
    NotSought,
    /// It was not looked for: the picture has this, which is not read.
    Unread(&'static str),
}

/// What was seen of the data on the way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) struct Data {
    pub(in crate::scan) end: End,
    /// Whether the components of a sequential picture come in scans of their own, as some scanning programs write it.
    pub(in crate::scan) in_parts: bool,
}

/// Where the picture ends, if every scan is whole and they are enough for a picture.
pub(in crate::scan) fn walk(bytes: &[u8]) -> Option<Data> {
    let mut walk = Walk::default();
    let end = walk.find_end(bytes)?;
    Some(Data { end, in_parts: walk.in_parts })
}

/// What a picture has that is not read, in words, if this segment says so.
fn unread(kind: u8, content: &[u8]) -> Option<&'static str> {
    const HEIGHT: &str = "its height behind its data";
    match (kind, content) {
        (0xC3, _) => Some("lossless coding"),
        (0xC5..=0xC7 | 0xDE, _) => Some("hierarchical coding"),
        (0xC8..=0xCF, _) => Some("arithmetic coding"),
        (0xF7, _) => Some("the coding of JPEG-LS"),
        (0xDC, _) | (0xC0..=0xC2, [8, 0, 0, ..]) => Some(HEIGHT),
        (0xC0..=0xC2, [8, _, _, _, _, _, components @ ..]) => {
            let mut names: Vec<u8> = components.chunks_exact(3).map(|component| component[0]).collect();
            names.sort_unstable();
            names.windows(2).any(|pair| pair[0] == pair[1]).then_some("several components of one name")
        }
        (0xC0..=0xC2, _) => Some("samples that have not 8 bits"),
        _ => None,
    }
}

/// Whether there are more pixels than are decoded.
fn is_out_of_reach(frame: &[u8]) -> bool {
    let [_, h1, h0, w1, w0, ..] = frame else { return false };
    let side = |high: &u8, low: &u8| u64::from(u16::from_be_bytes([*high, *low]));
    side(h1, h0) * side(w1, w0) > MAX_PIXELS
}

/// The marker here, its filling passed by; `None` where none stands.
fn marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    while bytes.get(*at) == Some(&0xFF) && bytes.get(*at + 1) == Some(&0xFF) {
        *at += 1;
    }
    match (bytes.get(*at), bytes.get(*at + 1)) {
        (Some(0xFF), Some(&marker)) if marker != 0 => Some(marker),
        _ => None,
    }
}

/// Whether what follows the data is something else than more of it. Data that was cut off, and something appended to
/// what is left, would be taken for whole if any bytes were believed to be an appendix.
fn is_appendix(bytes: &[u8], at: usize, padded: bool) -> bool {
    let (data, rest) = bytes.split_at(at);
    let last = data.last().copied().unwrap_or_default();
    match rest {
        [] | [0xFF] => true,
        // What fills the last byte is ones; the bits of an appendix are what they are.
        _ if !padded => false,
        [0xFF, marker, ..] if *marker != 0 => true,
        // A film: the length of its first box, and its name.
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => true,
        // Samsung's: a kind, the length of a name, and the name.
        [0, 0, _, 10..=13, length, 0, 0, 0, name @ ..] => {
            name.get(..usize::from(*length)).is_some_and(|name| name.iter().all(u8::is_ascii_graphic))
        }
        // Filling. Cut-off data that is followed by zeros would have been read on into them.
        [0, ..] => last != 0 && rest.iter().all(|byte| *byte == 0),
        // A word; but not the rest of one, of which the beginning was taken for data.
        _ => !last.is_ascii_graphic() && rest.len() >= 4 && rest[..4].iter().all(u8::is_ascii_graphic),
    }
}

#[derive(Default)]
struct Walk {
    progressive: bool,
    in_parts: bool,
    width: usize,
    height: usize,
    components: Vec<Component>,
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    restart_interval: usize,
    /// After the last scan, and whether ones filled its last byte.
    data_end: Option<(usize, bool)>,
}

struct Component {
    id: u8,
    across: usize,
    down: usize,
    /// Blocks in a row, with those that fill up the last unit.
    stride: usize,
    /// Of each block of a progressive picture, which coefficients are known not to be 0.
    nonzero: Vec<u64>,
    /// How many low bits of each coefficient are still to come.
    missing: [u8; 64],
}

/// What a scan holds of each block.
#[derive(Clone, Copy)]
struct Band {
    first: usize,
    last: usize,
    refines: bool,
    low: u8,
}

impl Walk {
    /// Walks through the data, to its end.
    fn find_end(&mut self, bytes: &[u8]) -> Option<End> {
        let mut at = 2;
        loop {
            if self.data_end.is_none() {
                // Between segments some programs leave bytes that mean nothing; between data and its end none may be.
                while at < bytes.len() && marker(bytes, &mut at).is_none() {
                    at += 1;
                }
            }
            let segment = match marker(bytes, &mut at) {
                Some(0xD9) if self.has_every_component() => return Some(End::Marked(at + 2)),
                Some(0x01) => at + 2..at + 2,
                // Another picture begins before this one has ended.
                Some(0xD8 | 0xD9) | None => return self.unmarked_end(bytes),
                Some(_) => {
                    let length =
                        bytes.get(at + 2..).and_then(<[u8]>::first_chunk).map(|two| u16::from_be_bytes(*two));
                    match length {
                        Some(length @ 2..) if at + 2 + usize::from(length) <= bytes.len() => {
                            at + 4..at + 2 + usize::from(length)
                        }
                        _ => return self.unmarked_end(bytes),
                    }
                }
            };
            let kind = bytes[at + 1];
            let content = &bytes[segment.clone()];
            at = segment.end;
            if let Some(what) = unread(kind, content) {
                return Some(End::Unread(what));
            }
            match kind {
                0xC0..=0xC2 if is_out_of_reach(content) => return Some(End::NotSought),
                0xC0..=0xC2 => self.frame(kind == 0xC2, content)?,
                0xC4 => self.huffman_tables(content)?,
                0xDD => self.restart_interval = usize::from(u16::from_be_bytes(*content.first_chunk()?)),
                0xDA => at = self.scan(content, bytes, at)?,
                _ => {}
            }
        }
    }

    /// Whether some scan had a part in each component.
    fn has_every_component(&self) -> bool {
        let seen = |component: &Component| component.missing[0] != u8::MAX;
        !self.components.is_empty() && self.components.iter().all(seen)
    }

    /// The end of data that no marker follows: then no further scan may be missing.
    fn unmarked_end(&self, bytes: &[u8]) -> Option<End> {
        let (at, padded) = self.data_end?;
        let complete = |component: &Component| component.missing.iter().all(|missing| *missing == 0);
        let whole = self.components.iter().all(complete) && is_appendix(bytes, at, padded);
        whole.then_some(End::Unmarked(at))
    }

    fn frame(&mut self, progressive: bool, content: &[u8]) -> Option<()> {
        let [8, h1, h0, w1, w0, count, rest @ ..] = content else { return None };
        if !self.components.is_empty() {
            return None;
        }
        self.progressive = progressive;
        self.height = usize::from(u16::from_be_bytes([*h1, *h0]));
        self.width = usize::from(u16::from_be_bytes([*w1, *w0]));
        if !(1..=4).contains(count) || self.width * self.height == 0 {
            return None;
        }
        for component in rest.chunks_exact(3).take(usize::from(*count)) {
            let (across, down) = (usize::from(component[1] >> 4), usize::from(component[1] & 15));
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) {
                return None;
            }
            let missing = [u8::MAX; 64];
            self.components.push(Component {
                id: component[0],
                across,
                down,
                stride: 0,
                nonzero: Vec::new(),
                missing,
            });
        }
        let (units_across, units_down) = self.units();
        for component in &mut self.components {
            component.stride = units_across * component.across;
            if progressive {
                component.nonzero = vec![0; component.stride * units_down * component.down];
            }
        }
        (self.components.len() == usize::from(*count)).then_some(())
    }

    fn most(&self) -> (usize, usize) {
        let most = |side: fn(&Component) -> usize| self.components.iter().map(side).max().unwrap_or(1);
        (most(|component| component.across), most(|component| component.down))
    }

    /// Units of interleaved blocks, across and down.
    fn units(&self) -> (usize, usize) {
        let (across, down) = self.most();
        (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down))
    }

    fn huffman_tables(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((head, rest)) = content.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let (values, rest) = rest.split_at_checked(total)?;
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(head & 15))? = Some(Huffman::new(counts, values));
            content = rest;
        }
        Some(())
    }

    /// Whether a scan of a progressive picture gives one more bit of what the ones before it gave, or the first bits of
    /// what none has given yet.
    fn is_next(&self, band: Band, high: u8, chosen: &[(usize, usize, usize)]) -> bool {
        let alone = if band.first == 0 { band.last == 0 } else { chosen.len() == 1 };
        let missing = if band.refines { high } else { u8::MAX };
        let follows = |index: usize| {
            self.components[index].missing[band.first..=band.last].iter().all(|m| *m == missing)
        };
        let by_one = !band.refines || high == band.low + 1;
        alone && by_one && band.low <= 13 && chosen.iter().all(|(index, ..)| follows(*index))
    }

    /// Walks through a scan; the place after its data.
    fn scan(&mut self, content: &[u8], bytes: &[u8], start: usize) -> Option<usize> {
        let (count, rest) = content.split_first()?;
        let count = usize::from(*count);
        let mut chosen = Vec::new();
        for selector in rest.chunks_exact(2).take(count) {
            let index = self.components.iter().position(|component| component.id == selector[0])?;
            chosen.push((index, usize::from(selector[1] >> 4), usize::from(selector[1] & 15)));
        }
        let [first, last, approximation] = *rest.get(2 * count..)?.first_chunk()?;
        let (high, low) = (approximation >> 4, approximation & 15);
        let band = if self.progressive {
            Band { first: usize::from(first), last: usize::from(last), refines: high != 0, low }
        } else {
            Band { first: 0, last: 63, refines: false, low: 0 }
        };
        if band.last > 63 || band.first > band.last || chosen.is_empty() {
            return None;
        }
        if self.progressive && !self.is_next(band, high, &chosen) {
            return None;
        }
        let mut bits = Bits { bytes, at: start, window: 0, held: 0 };
        let (width, height) = match chosen.as_slice() {
            // A component alone has no more blocks than the picture needs.
            [(index, ..)] => {
                let (across, down) = self.most();
                let component = &self.components[*index];
                (
                    (self.width * component.across).div_ceil(8 * across),
                    (self.height * component.down).div_ceil(8 * down),
                )
            }
            _ => self.units(),
        };
        let alone = chosen.len() == 1;
        let mut run = 0;
        for unit in 0..width * height {
            if self.restart_interval > 0 && unit > 0 && unit % self.restart_interval == 0 {
                bits.restart()?;
                run = 0;
            }
            let (x, y) = (unit % width, unit / width);
            for (index, dc, ac) in &chosen {
                let component = &mut self.components[*index];
                let (across, down) = if alone { (1, 1) } else { (component.across, component.down) };
                for block in 0..across * down {
                    let (x, y) = (x * across + block % across, y * down + block / across);
                    let mut none = 0;
                    let nonzero = component.nonzero.get_mut(y * component.stride + x).unwrap_or(&mut none);
                    let tables = (self.dc.get(*dc)?.as_ref(), self.ac.get(*ac)?.as_ref());
                    bits.block(self.progressive, band, tables, nonzero, &mut run)?;
                }
            }
        }
        if self.data_end.is_none() {
            self.in_parts = !self.progressive && chosen.len() < self.components.len();
        }
        for (index, ..) in chosen {
            self.components[index].missing[band.first..=band.last].fill(band.low);
        }
        let end = bits.end();
        self.data_end = Some((end, bits.is_padded()));
        Some(end)
    }
}

struct Huffman {
    /// By the next eight bits, the length and the value of a code that is no longer; length 0 where it is longer.
    short: [(u8, u8); 256],
    /// Of each length, the first code, how many there are, and where their values begin.
    lengths: [(u32, u32, usize); 16],
    values: Vec<u8>,
}

impl Huffman {
    fn new(counts: &[u8; 16], values: &[u8]) -> Self {
        let (mut code, mut from) = (0, 0);
        let lengths = counts.map(|count| {
            let length = (code, u32::from(count), from);
            code = (code + u32::from(count)) << 1;
            from += usize::from(count);
            length
        });
        let mut short = [(0, 0); 256];
        for (length, (first, count, from)) in (1u8..=8).zip(lengths) {
            for index in 0..count {
                let begin = ((first + index) as usize) << (8 - length);
                let value = values.get(from + index as usize).copied().unwrap_or_default();
                // More codes than a length has room for are no table; what is beyond it is never met.
                if let Some(places) = short.get_mut(begin..begin + (1 << (8 - length))) {
                    places.fill((length, value));
                }
            }
        }
        Self { short, lengths, values: values.to_vec() }
    }
}

/// The entropy-coded data bit by bit, without the bytes that are stuffed in.
struct Bits<'a> {
    bytes: &'a [u8],
    /// What was not yet put into the window.
    at: usize,
    /// The next bits, the last of them lowest.
    window: u64,
    held: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.held <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            if byte == 0xFF {
                // Anything but a stuffed zero is a marker, before which the data has ended.
                if self.bytes.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.window = self.window << 8 | u64::from(byte);
            self.held += 8;
        }
    }

    /// The next bits, with zeros behind the end of the data.
    fn peek(&mut self, count: u32) -> u64 {
        if self.held < count {
            self.fill();
        }
        let bits = if self.held >= count {
            self.window >> (self.held - count)
        } else {
            self.window << (count - self.held)
        };
        bits & ((1 << count) - 1)
    }

    fn skip(&mut self, count: u32) -> Option<()> {
        self.held = self.held.checked_sub(count)?;
        Some(())
    }

    fn take(&mut self, count: u8) -> Option<u32> {
        let bits = self.peek(u32::from(count));
        self.skip(u32::from(count))?;
        Some(bits as u32)
    }

    fn bit(&mut self) -> Option<u32> {
        self.take(1)
    }

    fn code(&mut self, table: &Huffman) -> Option<u8> {
        let next = self.peek(16) as u32;
        let (length, value) = table.short[(next >> 8) as usize];
        if length > 0 {
            self.skip(u32::from(length))?;
            return Some(value);
        }
        for (length, (first, count, from)) in (1u32..).zip(table.lengths) {
            let code = next >> (16 - length);
            if let Some(index) = code.checked_sub(first).filter(|index| *index < count) {
                self.skip(length)?;
                return table.values.get(from + index as usize).copied();
            }
        }
        None
    }

    /// The place after the byte of which the last bit was taken.
    fn end(&self) -> usize {
        let mut at = self.at;
        for _ in 0..self.held / 8 {
            at -= 1;
            if self.bytes[at] == 0 && at > 0 && self.bytes[at - 1] == 0xFF {
                at -= 1;
            }
        }
        at
    }

    /// Whether the bits that are left of that byte are ones.
    fn is_padded(&self) -> bool {
        let left = self.held % 8;
        let bits = self.window >> (self.held - left) & ((1 << left) - 1);
        bits == (1 << left) - 1
    }

    fn restart(&mut self) -> Option<()> {
        self.at = self.end();
        (self.window, self.held) = (0, 0);
        let restart = matches!(marker(self.bytes, &mut self.at)?, 0xD0..=0xD7);
        self.at += 2;
        restart.then_some(())
    }

    /// What one scan holds of one block. `run` is how many blocks still have nothing more in this band.
    fn block(
        &mut self,
        progressive: bool,
        band: Band,
        (dc, ac): (Option<&Huffman>, Option<&Huffman>),
        nonzero: &mut u64,
        run: &mut u32,
    ) -> Option<()> {
        if band.first == 0 {
            if band.refines {
                self.bit()?;
            } else {
                let size = self.code(dc?)?;
                self.take((size <= 16).then_some(size)?)?;
            }
            if progressive {
                return Some(());
            }
        }
        if band.refines {
            return self.refined(band, ac?, nonzero, run);
        }
        if *run > 0 {
            *run -= 1;
            return Some(());
        }
        let mut at = band.first.max(1);
        while at <= band.last {
            let code = self.code(ac?)?;
            let (zeros, size) = (code >> 4, code & 15);
            match (zeros, size) {
                (15, 0) => at += 16,
                (0, 0) if !progressive => break,
                (1..15, 0) if !progressive => return None,
                (_, 0) => {
                    *run = (1 << zeros) + self.take(zeros)? - 1;
                    break;
                }
                _ => {
                    at += usize::from(zeros);
                    if at > band.last {
                        return None;
                    }
                    self.take(size)?;
                    *nonzero |= 1 << at;
                    at += 1;
                }
            }
        }
        Some(())
    }

    /// One more bit of the coefficients that are not 0, and those that become so with it.
    fn refined(&mut self, band: Band, ac: &Huffman, nonzero: &mut u64, run: &mut u32) -> Option<()> {
        let mut at = band.first;
        if *run == 0 {
            while at <= band.last {
                let code = self.code(ac)?;
                let (mut zeros, size) = (code >> 4, code & 15);
                match (zeros, size) {
                    (15, 0) => {}
                    (_, 0) => {
                        *run = (1 << zeros) + self.take(zeros)?;
                        break;
                    }
                    (_, 1) => {
                        self.bit()?;
                    }
                    _ => return None,
                }
                while at <= band.last {
                    if *nonzero >> at & 1 == 1 {
                        self.bit()?;
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    at += 1;
                }
                if size == 1 {
                    if at > band.last {
                        return None;
                    }
                    *nonzero |= 1 << at;
                }
                at += 1;
            }
        }
        if *run > 0 {
            for at in at..=band.last {
                if *nonzero >> at & 1 == 1 {
                    self.bit()?;
                }
            }
            *run -= 1;
        }
        Some(())
    }
}
