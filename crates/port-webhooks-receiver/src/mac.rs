//! Keys that are ready to use, and what they make.

use std::slice;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// 32 bytes; a shorter MAC is followed by zeros.
pub(crate) type MacBytes = [u8; 32];

/// What SHA-256 starts from.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
const BLOCK: usize = 64;
/// The block of the outer hash, without the inner hash that it begins with: the padding, and the length of both
/// blocks in bits.
#[allow(clippy::cast_possible_truncation)] // 64
const OUTER: [u8; BLOCK] = {
    let mut block = [0; BLOCK];
    block[32] = 0x80;
    [block[62], block[63]] = (8 * (BLOCK as u16 + 32)).to_be_bytes();
    block
};

/// A key of HMAC-SHA256 whose own two blocks are hashed already.
///
/// It is HMAC over the compression of SHA-256 itself: a delivery is a few blocks, of which a general buffer
/// would take as much time as one or two. The tests compare it with that of the crate `hmac`.
#[derive(Clone)]
pub(crate) struct Sha256Key {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Sha256Key {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let mut key = [0; BLOCK];
        if secret.len() > BLOCK {
            key[..32].copy_from_slice(&Sha256::digest(secret));
        } else {
            key[..secret.len()].copy_from_slice(secret);
        }
        let [inner, outer] = [0x36, 0x5c].map(|pad| {
            let mut state = INITIAL;
            compress256(&mut state, &[key.map(|byte| byte ^ pad)]);
            state
        });
        Self { inner, outer }
    }

    /// The MAC of a body.
    pub(crate) fn mac_of(&self, body: &[u8]) -> MacBytes {
        self.mac(&Message::of(body, &mut Room::default()))
    }

    /// The MAC of a message.
    pub(crate) fn mac(&self, message: &Message<'_>) -> MacBytes {
        let mut state = self.inner;
        for blocks in message.0 {
            compress256(&mut state, blocks);
        }
        let mut outer = OUTER;
        write(&state, &mut outer);
        let mut state = self.outer;
        compress256(&mut state, slice::from_ref(&outer));
        let mut mac = [0; 32];
        write(&state, &mut mac);
        mac
    }
}

/// What a MAC is of, with its padding, in blocks: those of the body are where the body is, and one before them and
/// one or two behind them are put together.
pub(crate) struct Message<'a>([&'a [Block]; 3]);

type Block = [u8; BLOCK];

/// Room for the blocks that are put together, in which nothing is written yet.
pub(crate) struct Room {
    first: Block,
    last: [Block; 2],
}

impl Default for Room {
    fn default() -> Self {
        Self { first: [0; BLOCK], last: [[0; BLOCK]; 2] }
    }
}

/// So many bytes are copied as one.
const LANE: usize = 16;
/// Where the last block holds the length.
const LENGTH_AT: usize = BLOCK - 8;

impl<'a> Message<'a> {
    /// A body.
    pub(crate) fn of(body: &'a [u8], room: &'a mut Room) -> Self {
        let (blocks, tail) = body.as_chunks();
        room.last[0][..tail.len()].copy_from_slice(tail);
        Self([&[], blocks, padded_at(&mut room.last, tail.len(), body.len())])
    }

    /// A text of at most 14 bytes, a dot, and a body. `None` if the text is longer.
    pub(crate) fn dotted(text: &[u8], body: &'a [u8], room: &'a mut Room) -> Option<Self> {
        let mut head = [0; LANE];
        head[..LANE - 2].get_mut(..text.len())?.copy_from_slice(text);
        head[text.len()] = b'.';
        let (before, length) = (text.len() + 1, text.len() + 1 + body.len());
        let Room { first, last } = room;
        let Some((beginning, rest)) = body.split_at_checked(BLOCK - before) else {
            last[0][..LANE].copy_from_slice(&head);
            last[0][before..length].copy_from_slice(body);
            return Some(Self([&[], &[], padded_at(last, length, length)]));
        };
        first[..LANE].copy_from_slice(&head);
        first[before..][..LANE].copy_from_slice(&beginning[..LANE]);
        first[LANE..].copy_from_slice(&beginning[LANE - before..]);
        let (blocks, tail) = rest.as_chunks();
        last[0][..tail.len()].copy_from_slice(tail);
        Some(Self([slice::from_ref(first), blocks, padded_at(last, tail.len(), length)]))
    }
}

/// Puts the padding and the length of a message behind what the last block is filled with, in bytes. It is one
/// block then, or two.
fn padded_at(last: &mut [Block; 2], filled: usize, length: usize) -> &[Block] {
    let at = usize::from(filled >= LENGTH_AT);
    last[0][filled] = 0x80;
    // Before a message there is the block of the key.
    let bits = 8 * (BLOCK + length) as u64;
    last[at][LENGTH_AT..].copy_from_slice(&bits.to_be_bytes());
    &last[..=at]
}

fn write(state: &[u32; 8], bytes: &mut [u8]) {
    for (word, bytes) in state.iter().zip(bytes.chunks_exact_mut(4)) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
}

/// A key of HMAC-SHA1.
#[derive(Clone)]
pub(crate) struct Sha1Key(Hmac<Sha1>);

impl Sha1Key {
    #[allow(clippy::expect_used)] // HMAC takes keys of any length
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("any length"))
    }

    pub(crate) fn mac(&self, message: &[u8]) -> [u8; 20] {
        self.0.clone().chain_update(message).finalize().into_bytes().into()
    }
}

/// A secret that is sent as it is.
#[derive(Clone)]
pub(crate) struct PlainKey {
    /// What is compared: the time that takes does not tell the secret's length.
    digest: MacBytes,
    /// Tells one body from another where the signature does not.
    key: Sha256Key,
}

impl PlainKey {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { digest: Sha256::digest(secret).into(), key: Sha256Key::new(secret) }
    }

    pub(crate) fn matches(&self, shown: &[u8]) -> Choice {
        let shown: MacBytes = Sha256::digest(shown).into();
        same(&self.digest, &shown)
    }

    pub(crate) fn mac(&self, body: &[u8]) -> MacBytes {
        self.key.mac_of(body)
    }
}

/// Whether two MACs are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &MacBytes, other: &MacBytes) -> Choice {
    let words = one.as_chunks().0.iter().zip(other.as_chunks().0);
    let differences =
        words.fold(0, |all, (one, other)| all | (u64::from_ne_bytes(*one) ^ u64::from_ne_bytes(*other)));
    differences.ct_eq(&0)
}

/// A MAC of 20 bytes as one of 32.
pub(crate) fn padded(mac: &[u8; 20]) -> MacBytes {
    let mut bytes = [0; 32];
    bytes[..20].copy_from_slice(mac);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::hex;

    fn of_crate(secret: &[u8], message: &[u8]) -> MacBytes {
        let key: Hmac<Sha256> = Hmac::new_from_slice(secret).unwrap();
        key.chain_update(message).finalize().into_bytes().into()
    }

    /// Every way in which a body and what stands before it can lie to the blocks.
    #[test]
    fn a_mac_is_that_of_the_crate_hmac() {
        let message: Vec<u8> = (0..=u8::MAX).cycle().take(700).collect();
        let key = Sha256Key::new(b"secret");
        for length in 0..700 {
            let body = &message[..length];
            assert_eq!(key.mac_of(body), of_crate(b"secret", body), "{length}");
            for before in 0..LANE - 1 {
                let before = &b"12345678901234"[..before];
                let whole = [before, b".", body].concat();
                assert_eq!(
                    key.mac(&Message::dotted(before, body, &mut Room::default()).unwrap()),
                    of_crate(b"secret", &whole),
                    "{length}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn a_key_is_that_of_the_crate_hmac(
            secret in prop::collection::vec(any::<u8>(), 0..200),
            body in prop::collection::vec(any::<u8>(), 0..2000),
        ) {
            prop_assert_eq!(Sha256Key::new(&secret).mac_of(&body), of_crate(&secret, &body));
        }

        #[test]
        fn macs_are_the_same_when_every_byte_is(mac: MacBytes, at in 0..32_usize, bits in 1..=u8::MAX) {
            let mut other = mac;
            prop_assert!(bool::from(same(&mac, &other)));
            other[at] ^= bits;
            prop_assert!(!bool::from(same(&mac, &other)));
        }
    }

    /// Keys that fill a block, or miss it by one: only a longer one is hashed first.
    #[test]
    fn a_key_about_as_long_as_a_block_is_that_of_the_crate_hmac() {
        for length in [BLOCK - 1, BLOCK, BLOCK + 1] {
            let secret = vec![b's'; length];
            let mac = Sha256Key::new(&secret).mac_of(b"body");
            assert_eq!(mac, of_crate(&secret, b"body"), "{length}");
        }
    }

    /// Two differences that are the same don't make up for each other.
    #[test]
    fn macs_that_differ_twice_in_the_same_bit_differ() {
        for (one, other) in (0..32).flat_map(|one| (0..one).map(move |other| (one, other))) {
            let mut mac = [0; 32];
            (mac[one], mac[other]) = (1, 1);
            assert!(!bool::from(same(&mac, &[0; 32])), "{one} and {other}");
        }
    }

    /// RFC 4231, cases 1 to 4, 6 and 7, and RFC 2202, cases 1 to 3. Their keys are bytes, and a secret is text.
    #[test]
    fn macs_are_those_of_the_rfcs() {
        let (long, counting) = ([0xaa; 131], (1..=25).collect::<Vec<u8>>());
        let cases: [(&[u8], &[u8], &str); 6] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &long,
                b"This is a test using a larger than block-size key and a larger than block-size data. The key \
                  needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, message, mac) in cases {
            assert_eq!(hex::encode(&Sha256Key::new(key).mac_of(message)), mac);
        }
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (&[0xaa; 20], &[0xdd; 50], "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
        ];
        for (key, message, mac) in cases {
            assert_eq!(hex::encode(&Sha1Key::new(key).mac(message)), mac);
        }
    }
}
