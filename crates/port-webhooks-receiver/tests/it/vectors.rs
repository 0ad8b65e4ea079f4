//! The vectors of the policy, each of them: verification, parsing, and sequences of replays.

use std::time::Duration;

use port_webhooks_receiver::{
    Admission, BodyBuilder, ConfigError, Delivery, MemoryStore, ReplayGuard, TimestampedBuilder, Verifier,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::support::{TestClock, from_base64, from_hex};

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
    replay_sequences: Vec<Sequence>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    scheme: String,
    secrets: Vec<String>,
    now: u64,
    tolerance_s: u64,
    max_body: usize,
    headers: Vec<(String, Value)>,
    expected: String,
    body_b64: Option<String>,
    body_gen: Option<Value>,
    body_len: Option<usize>,
    parse: Option<String>,
}

#[derive(Deserialize)]
struct Sequence {
    id: String,
    steps: Vec<(String, String)>,
}

fn file() -> File {
    serde_json::from_str(include_str!("../fixtures/signatures.json")).unwrap()
}

impl Vector {
    fn body(&self) -> Vec<u8> {
        let body = match (&self.body_b64, &self.body_gen) {
            (Some(text), _) => from_base64(text),
            (None, Some(generator)) if generator.get("repeat").is_some() => {
                let byte = from_hex(generator["repeat"].as_str().unwrap())[0];
                vec![byte; usize::try_from(generator["len"].as_u64().unwrap()).unwrap()]
            }
            (None, Some(generator)) => {
                assert_eq!(generator["nest"], "[");
                let depth = usize::try_from(generator["depth"].as_u64().unwrap()).unwrap();
                ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes()
            }
            (None, None) => panic!("{} has no body", self.id),
        };
        assert!(self.body_len.is_none_or(|length| length == body.len()), "{}", self.id);
        body
    }

    /// Some values are no text.
    fn headers(&self) -> Vec<(String, Vec<u8>)> {
        let value = |value: &Value| match value.as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => from_hex(value["hex"].as_str().unwrap()),
        };
        self.headers.iter().map(|(name, header)| (name.clone(), value(header))).collect()
    }

    fn verifier(&self, clock: &TestClock) -> Result<Verifier, ConfigError> {
        let mut secrets = self.secrets.iter().map(String::as_str);
        let first = secrets.next().unwrap();
        match self.scheme.as_str() {
            "port_v1" => secrets
                .fold(Verifier::timestamped(first), TimestampedBuilder::secret)
                .tolerance(Duration::from_secs(self.tolerance_s))
                .clock(clock.clone())
                .max_body(self.max_body)
                .build(),
            "sha256_hex" => secrets
                .fold(Verifier::body(first), BodyBuilder::secret)
                .header("x-hub-signature-256")
                .max_body(self.max_body)
                .build(),
            scheme => panic!("{}: {scheme}", self.id),
        }
    }

    /// The kind of what comes of it at this time, and whether it parses when it verifies.
    fn outcome(&self, now: u64) -> (String, Option<bool>) {
        let verifier = match self.verifier(&TestClock::at(now)) {
            Ok(verifier) => verifier,
            Err(error) => return (error.kind().to_string(), None),
        };
        match verifier.verify_pairs(&self.headers(), &self.body()) {
            Ok(verified) => ("ok".to_owned(), Some(verified.delivery().json::<IgnoredAny>().is_ok())),
            Err(error) => (error.kind().to_string(), None),
        }
    }
}

#[test]
fn every_vector_has_the_outcome_that_the_policy_gives_it() {
    let vectors = file().vectors;
    assert!(vectors.len() > 60, "{}", vectors.len());
    for vector in vectors {
        let (outcome, parses) = vector.outcome(vector.now);
        assert_eq!(outcome, vector.expected, "{}", vector.id);
        assert_eq!(parses, vector.parse.as_deref().map(|parse| parse == "ok"), "{}", vector.id);
    }
}

#[tokio::test]
async fn every_sequence_of_replays_has_its_outcomes() {
    let File { vectors, replay_sequences, .. } = file();
    assert_eq!(replay_sequences.len(), 3);
    for sequence in replay_sequences {
        let clock = TestClock::default();
        let guard = ReplayGuard::new(MemoryStore::new().clock(clock.clone()));
        for (step, expected) in &sequence.steps {
            let (id, later) = step.split_once("@now").unwrap_or((step, ""));
            let later: u64 = later.strip_prefix('+').unwrap_or("0").parse().unwrap();
            let vector = vectors.iter().find(|vector| vector.id == id).unwrap();
            clock.set(vector.now + later);
            let (headers, body) = (vector.headers(), vector.body());
            let outcome = match vector.verifier(&clock).unwrap().verify_pairs(&headers, &body) {
                Err(error) => error.kind().to_string(),
                Ok(verified) => match guard.admit(&verified).await.unwrap() {
                    Admission::Fresh(claim) => claim.complete().await.map(|()| "ok".to_owned()).unwrap(),
                    Admission::InFlight { .. } => "InFlight".to_owned(),
                    Admission::Replayed => "Replayed".to_owned(),
                },
            };
            assert_eq!(&outcome, expected, "{}: {step}", sequence.id);
        }
    }
}

#[test]
fn the_documented_payload_parses_as_documented() {
    let body = br#"{
        "event": "entity.created",
        "timestamp": "2024-01-15T10:30:00Z",
        "data": {"entity": {"identifier": "payment-service", "title": "Payment Service",
            "blueprint": "service", "properties": {"language": "Python"}}},
        "organization": "your-org-id",
        "source": "port"
    }"#;
    let delivery = Delivery::new(&body[..]);
    assert_eq!(
        serde_json::to_value(delivery.documented()).unwrap(),
        serde_json::from_slice::<Value>(body).unwrap()
    );
}
