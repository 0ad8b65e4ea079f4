//! The algorithms of signatures.

open_enum! {
    /// The algorithm of the signatures of deliveries to a data source. Live contract.
    SignatureAlgorithm {
        /// `sha1`: HMAC-SHA1 over the body, in hex.
        Sha1 = "sha1",
        /// `sha256`: HMAC-SHA256 over the body, in hex.
        Sha256 = "sha256",
        /// `plain`: the secret itself.
        Plain = "plain",
    }
}
