//! Keys that are ready to use, and what they make.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// 32 bytes; a shorter MAC is followed by zeros.
pub(crate) type MacBytes = [u8; 32];

/// A key of HMAC-SHA256 with its first block already hashed.
#[derive(Clone)]
pub(crate) struct Sha256Key(Hmac<Sha256>);

impl Sha256Key {
    #[allow(clippy::expect_used)] // HMAC takes keys of any length
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("any length"))
    }

    pub(crate) fn mac(&self, message: &[&[u8]]) -> MacBytes {
        let mut mac = self.0.clone();
        for part in message {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
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
        self.key.mac(&[body])
    }
}

/// Whether two MACs are the same, in a time that does not tell where they differ.
pub(crate) fn same<const LENGTH: usize>(one: &[u8; LENGTH], other: &[u8; LENGTH]) -> Choice {
    one.as_slice().ct_eq(other.as_slice())
}

/// A MAC of 20 bytes as one of 32.
pub(crate) fn padded(mac: &[u8; 20]) -> MacBytes {
    let mut bytes = [0; 32];
    bytes[..20].copy_from_slice(mac);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::hex;

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
            assert_eq!(hex::encode(&Sha256Key::new(key).mac(&[message])), mac);
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
