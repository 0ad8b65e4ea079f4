//! Hex, of a MAC whose length is known.

/// The bytes, if the text is as many pairs of hex digits, in either case.
pub(crate) fn decode<const LENGTH: usize>(text: &[u8]) -> Option<[u8; LENGTH]> {
    if text.len() != 2 * LENGTH {
        return None;
    }
    let mut bytes = [0; LENGTH];
    let mut bad = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        bad |= high | low;
        *byte = high << 4 | low & 0x0f;
    }
    (bad & NONE == 0).then_some(bytes)
}

/// The bytes in lower-case hex.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// A bit that no digit's value has.
const NONE: u8 = 0x80;
const VALUES: [u8; 256] = values();

#[allow(clippy::cast_possible_truncation)] // 16 digits
const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut digit = 0;
    while digit < DIGITS.len() {
        values[DIGITS[digit] as usize] = digit as u8;
        values[DIGITS[digit].to_ascii_uppercase() as usize] = digit as u8;
        digit += 1;
    }
    values
}
