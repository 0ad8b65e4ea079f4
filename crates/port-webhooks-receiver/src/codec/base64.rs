//! Standard base64 with padding, of 32 bytes.

/// The length of 32 bytes in base64.
const LENGTH: usize = 44;

/// The bytes, if the text is their one canonical form: padded, and with no bits left over.
pub(crate) fn decode(text: &[u8]) -> Option<[u8; 32]> {
    let text: &[u8; LENGTH] = text.try_into().ok()?;
    let mut bytes = [0; 32];
    let mut bad = 0;
    let value = |at: usize| VALUES[usize::from(text[at])];
    for (group, three) in bytes.chunks_exact_mut(3).enumerate() {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| value(4 * group + at));
        bad |= a | b | c | d;
        three[0] = a << 2 | b >> 4;
        three[1] = b << 4 | c >> 2;
        three[2] = c << 6 | d;
    }
    let [a, b, c] = [40, 41, 42].map(value);
    bad |= a | b | c;
    bytes[30] = a << 2 | b >> 4;
    bytes[31] = b << 4 | c >> 2;
    (bad & NONE == 0 && c % 4 == 0 && text[43] == b'=').then_some(bytes)
}

/// The bytes in base64.
pub(crate) fn encode(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(LENGTH);
    for group in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(group.get(at).copied().unwrap_or(0)));
        let bits = a << 16 | b << 8 | c;
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 0x3f;
            text.push(if place <= group.len() { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    text
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// A bit that no digit's value has.
const NONE: u8 = 0x80;
const VALUES: [u8; 256] = values();

#[allow(clippy::cast_possible_truncation)] // 64 digits
const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut digit = 0;
    while digit < DIGITS.len() {
        values[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
}
