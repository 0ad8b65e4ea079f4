//! A panic over a mistake in a test names the line of the test.

use std::cell::RefCell;
use std::panic;

use fake_port::wiremock::matchers::any;
use fake_port::wiremock::{Mock, ResponseTemplate};
use fake_port::{Deliveries, FakePort, Fault, Hint};

thread_local! {
    static FILE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The file that a panic of this is said to come from. `None` when it does not panic.
fn file_of_panic(mistake: impl FnOnce()) -> Option<String> {
    FILE.take();
    let _ = panic::catch_unwind(panic::AssertUnwindSafe(mistake));
    FILE.take()
}

#[test]
fn a_panic_names_the_line_of_the_caller() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let port = runtime.block_on(FakePort::start());
    // The first mock sets a hook as well, and must not do so while this test exchanges the hook.
    let mock = Mock::given(any()).respond_with(ResponseTemplate::new(500));
    runtime.block_on(port.mount(mock));
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        FILE.set(info.location().map(|location| location.file().to_owned()));
        before(info);
    }));

    let mistakes: [(&str, &dyn Fn()); 11] = [
        ("status", &|| drop(Fault::status(42))),
        ("redirect", &|| drop(Fault::redirect("a\nb"))),
        ("gzip_bomb", &|| drop(Fault::gzip_bomb(usize::MAX))),
        ("header of a status", &|| drop(Fault::status(500).header("a", "b\n"))),
        ("header of another fault", &|| drop(Fault::dropped().header("a", "b"))),
        ("json", &|| drop(Fault::dropped().json(1.into()))),
        ("text", &|| drop(Fault::status(500).text("a\n", ""))),
        ("empty", &|| drop(Fault::dropped().empty())),
        ("signature_header", &|| drop(Deliveries::new().signature_header("a b"))),
        ("inject no times", &|| {
            port.inject(Fault::dropped().times(0));
        }),
        ("inject a bad hint", &|| {
            let hint = Hint::Header("a b".to_owned(), String::new());
            port.inject(Fault::rate_limited(hint));
        }),
    ];
    for (what, mistake) in mistakes {
        assert_eq!(file_of_panic(mistake).as_deref(), Some(file!()), "{what}");
    }
}
