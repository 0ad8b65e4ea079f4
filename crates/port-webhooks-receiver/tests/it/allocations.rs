//! A body is never copied: nothing that grows with it is allocated, from its bytes to the answer.

use port_webhooks_receiver::{Signer, Verifier};

#[test]
fn verifying_allocates_nothing_however_large_the_body_is() {
    let body = vec![b'x'; 1024 * 1024];
    let pairs = [
        (Signer::body("s").build().unwrap(), Verifier::body("s").build().unwrap()),
        (Signer::timestamped("s").build().unwrap(), Verifier::timestamped("s").build().unwrap()),
    ];
    for (signer, verifier) in pairs {
        let headers = signer.sign(&body);
        let counted = allocation_counter::measure(|| {
            assert_eq!(verifier.verify(&headers, &body).unwrap().body().as_ptr(), body.as_ptr());
        });
        assert_eq!((counted.count_total, counted.bytes_total), (0, 0), "{verifier:?}");
    }
    // Further secrets have their MACs kept, and those alone.
    let (signer, verifier) =
        (Signer::body("s").build().unwrap(), Verifier::body("a").secret("s").secret("b").build().unwrap());
    let headers = signer.sign(&body);
    let counted = allocation_counter::measure(|| drop(verifier.verify(&headers, &body).unwrap()));
    assert!(counted.bytes_total < 1000, "{counted:?}");
}
