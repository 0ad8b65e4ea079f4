//! Standard base64 with padding, of 32 bytes.

/// The length of 32 bytes in base64.
const LENGTH: usize = 44;

/// The bytes, if the text is their one canonical form: padded, and with no bits left over.
///
/// Digits are worked out, not looked up: the compiler does many at once.
pub(crate) fn decode(text: &[u8]) -> Option<[u8; 32]> {
    let text: &[u8; LENGTH] = text.try_into().ok()?;
    // Up to a whole number of groups, with zeros in place of the padding.
    let mut digits = [b'A'; 48];
    digits[..LENGTH - 1].copy_from_slice(&text[..LENGTH - 1]);
    let mut bad = 0;
    for digit in &mut digits {
        *digit = value(*digit);
        bad |= *digit;
    }
    // Eight digits are 48 bits: pairs of digits, then pairs of those, then the two that are left.
    let mut six = [0; 6];
    for (six, eight) in six.iter_mut().zip(digits.as_chunks().0) {
        let bits = u64::from_be_bytes(*eight);
        let bits = (bits & 0x3f00_3f00_3f00_3f00) >> 2 | bits & 0x003f_003f_003f_003f;
        let bits = (bits & 0x0fff_0000_0fff_0000) >> 4 | bits & 0x0000_0fff_0000_0fff;
        *six = (bits & 0x00ff_ffff_0000_0000) >> 8 | bits & 0x0000_0000_00ff_ffff;
    }
    let words = [
        six[0] << 16 | six[1] >> 32,
        six[1] << 32 | six[2] >> 16,
        six[2] << 48 | six[3],
        six[4] << 16 | six[5] >> 32,
    ];
    // What the last digit has beyond the last byte.
    let left_over = six[5] << 32;
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    (bad & NONE == 0 && left_over == 0 && text[LENGTH - 1] == b'=').then_some(bytes)
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

fn value(digit: u8) -> u8 {
    let upper = digit.wrapping_sub(b'A');
    let lower = digit.wrapping_sub(b'a');
    let decimal = digit.wrapping_sub(b'0');
    if upper < 26 {
        upper
    } else if lower < 26 {
        lower + 26
    } else if decimal < 10 {
        decimal + 52
    } else if digit == b'+' {
        62
    } else if digit == b'/' {
        63
    } else {
        NONE
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_is_the_digit_that_it_is_and_no_other() {
        for digit in 0..=u8::MAX {
            let expected = DIGITS.iter().position(|candidate| *candidate == digit);
            assert_eq!(usize::from(value(digit)), expected.unwrap_or(NONE.into()), "{digit}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_no_other_text_is(bytes: [u8; 32], at in 0..LENGTH, other: u8) {
            let text = encode(&bytes);
            prop_assert_eq!(decode(text.as_bytes()), Some(bytes));
            let mut changed = text.clone().into_bytes();
            changed[at] = other;
            if changed != text.as_bytes() {
                prop_assert_ne!(decode(&changed), Some(bytes));
            }
            if let Some(others) = decode(&changed) {
                let written = encode(&others);
                prop_assert_eq!(written.as_bytes(), &changed[..]);
            }
        }
    }
}
