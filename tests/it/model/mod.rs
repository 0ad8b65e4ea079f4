//! Histories of calls by several clients, drawn at random, against a plain model of the webhooks.
//!
//! The model is written from the README of the fake and knows neither the fake nor the client. After
//! each step the result is compared, and then the whole list. `PROPTEST_CASES=10000` looks longer.

mod bodies;
mod history;
mod port;
mod requests;
mod rules;
mod subject;

use std::marker::PhantomData;

use fake_port::Profile;
use proptest::strategy::BoxedStrategy;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use crate::support::property_config;
use history::Step;
use port::Port;
use subject::Subject;

/// The contract of a test, as a type, because a state machine takes no arguments.
trait Contract: 'static {
    const PROFILE: Profile;
}

struct Documented;
struct Live;

impl Contract for Documented {
    const PROFILE: Profile = Profile::Documented;
}

impl Contract for Live {
    const PROFILE: Profile = Profile::Live;
}

/// Histories under one contract.
struct Histories<C>(PhantomData<C>);

impl<C: Contract> ReferenceStateMachine for Histories<C> {
    type State = Port;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Port> {
        history::start(C::PROFILE)
    }

    fn transitions(port: &Port) -> BoxedStrategy<Step> {
        history::step(port)
    }

    fn preconditions(port: &Port, step: &Step) -> bool {
        history::is_possible(port, step)
    }

    fn apply(mut port: Port, step: &Step) -> Port {
        port.take(&step.action);
        port
    }
}

impl<C: Contract> StateMachineTest for Histories<C> {
    type SystemUnderTest = Subject;
    type Reference = Self;

    fn init_test(port: &Port) -> Subject {
        Subject::new(port)
    }

    fn apply(mut subject: Subject, port: &Port, step: Step) -> Subject {
        subject.take(port, &step);
        subject
    }

    fn check_invariants(subject: &Subject, port: &Port) {
        subject.check_list(port);
    }
}

prop_state_machine! {
    #![proptest_config(property_config(64))]

    #[test]
    fn subscriptions_are_what_the_model_says(sequential 10..=20 => Histories<Documented>);

    #[test]
    fn data_sources_are_what_the_model_says(sequential 10..=20 => Histories<Live>);
}
