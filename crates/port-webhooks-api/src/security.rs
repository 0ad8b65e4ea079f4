//! How signatures are made, and what a webhook's security settings are.

use crate::{Secret, Security};

open_enum! {
    /// How the signature of a delivery to a data source is made. Live contract.
    SignatureAlgorithm {
        /// `sha1`: hex of HMAC-SHA1 over the body.
        Sha1 = "sha1",
        /// `sha256`: hex of HMAC-SHA256 over the body.
        Sha256 = "sha256",
        /// `plain`: the secret itself.
        Plain = "plain",
    }
}

impl Security {
    /// Settings with a secret alone, as a subscription has them.
    pub fn with_secret(secret: impl Into<Secret>) -> Self {
        Self { secret: Some(secret.into()), ..Self::default() }
    }
}
