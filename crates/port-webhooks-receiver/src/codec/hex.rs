//! Hex, of a MAC whose length is known.

/// The bytes, if the text is as many pairs of hex digits, in either case.
///
/// Digits are worked out, not looked up: the compiler does many at once.
pub(crate) fn decode<const LENGTH: usize>(text: &[u8]) -> Option<[u8; LENGTH]> {
    if text.len() != 2 * LENGTH {
        return None;
    }
    let mut digits = [b'0'; MOST_DIGITS];
    digits.get_mut(..text.len())?.copy_from_slice(text);
    let mut bad = 0;
    for digit in &mut digits {
        *digit = value(*digit);
        bad |= *digit;
    }
    let mut bytes = [0; LENGTH];
    for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
        *byte = high << 4 | low & 0x0f;
    }
    (bad & NONE == 0).then_some(bytes)
}

/// The bytes in lower-case hex.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Those of 32 bytes; no MAC here is longer.
const MOST_DIGITS: usize = 64;
const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// A bit that no digit's value has.
const NONE: u8 = 0x80;

fn value(digit: u8) -> u8 {
    let decimal = digit.wrapping_sub(b'0');
    let letter = (digit | 0x20).wrapping_sub(b'a');
    if decimal < 10 {
        decimal
    } else if letter < 6 {
        letter + 10
    } else {
        NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_the_digit_that_it_is_and_no_other() {
        for digit in 0..=u8::MAX {
            let expected = char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
            assert_eq!(decode(&[b'0', digit]), expected.map(|value| [value]), "{digit}");
            assert_eq!(decode(&[digit, b'0']), expected.map(|value| [value << 4]), "{digit}");
        }
        assert_eq!(decode::<2>(b"00"), None);
        assert_eq!(decode::<0>(b""), Some([]));
    }
}
