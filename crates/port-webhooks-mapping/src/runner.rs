//! Evaluates in a separate thread, and abandons the thread when one expression takes too long.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::natives::Shared;

/// The settings of an evaluation.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use port_webhooks_mapping::Settings;
///
/// let mut settings = Settings::default();
/// settings.now = Some(UNIX_EPOCH + Duration::from_secs(1_735_689_600));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The result of `now`. `None` (the default) is the time of the evaluation.
    pub now: Option<SystemTime>,
    /// How long one expression may take: 5 seconds, as in Port. After that its thread is abandoned and ends as soon as
    /// it can, and the expression counts as failed for all items of the event.
    pub limit: Duration,
    /// Whether an identifier that is a number is converted to text (the default) or fails. Nobody has verified what
    /// Port does.
    pub number_identifiers: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { now: None, limit: Duration::from_secs(5), number_identifiers: true }
    }
}

impl Settings {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock, unless the caller says the time"
    )]
    fn seconds(&self) -> f64 {
        let now = self.now.unwrap_or_else(SystemTime::now);
        now.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
    }
}

/// The evaluation of one event.
pub(crate) struct Evaluator<'a> {
    shared: &'a Shared,
    progress: &'a AtomicUsize,
    stuck: BTreeSet<usize>,
    limit: Duration,
}

/// `progress` is the count of evaluations times this, plus the number of the expression, so that it changes with each
/// evaluation.
const EXPRESSIONS: usize = 1 << 16;

impl Evaluator<'_> {
    /// Evaluates the expression with this number, unless it has already exceeded the limit.
    ///
    /// # Errors
    ///
    /// The reason why the evaluation was stopped.
    pub(crate) fn limited<T>(&self, number: usize, evaluate: impl FnOnce(&Shared) -> T) -> Result<T, String> {
        if self.stuck.contains(&number) {
            return Err(format!("gave no result within {:?}, and was given up", self.limit));
        }
        let count = self.progress.load(Ordering::Relaxed) / EXPRESSIONS + 1;
        self.progress.store(count.wrapping_mul(EXPRESSIONS) + number % EXPRESSIONS, Ordering::Relaxed);
        let evaluated = catch_unwind(AssertUnwindSafe(|| evaluate(self.shared)));
        evaluated.map_err(|_| "calls itself too deep, and was given up".to_owned())
    }
}

type Job = Box<dyn FnOnce(&mut Shared, &AtomicUsize) -> Box<dyn Any + Send> + Send>;

/// A thread that waits for work. The thread ends when this is dropped, or when its current work ends after that.
struct Worker {
    jobs: Sender<Job>,
    results: Receiver<Box<dyn Any + Send>>,
    progress: Arc<AtomicUsize>,
    given_up: Arc<AtomicBool>,
}

/// Idle workers.
static IDLE: Mutex<Vec<Worker>> = Mutex::new(Vec::new());
const IDLE_MOST: usize = 8;
/// For recursive expressions and deeply nested events. Unused parts of the stack take no memory.
const STACK: usize = 128 << 20;

impl Worker {
    fn get() -> std::io::Result<Self> {
        if let Some(idle) = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(idle);
        }
        let (jobs, work) = channel::<Job>();
        let (done, results) = channel();
        let progress = Arc::new(AtomicUsize::new(0));
        let counter = progress.clone();
        let given_up = Arc::new(AtomicBool::new(false));
        let stop = given_up.clone();
        thread::Builder::new().name("port-webhooks-mapping".to_owned()).stack_size(STACK).spawn(
            move || {
                let mut shared = Shared::new(stop);
                while let Ok(job) = work.recv() {
                    if done.send(job(&mut shared, &counter)).is_err() {
                        break;
                    }
                }
            },
        )?;
        Ok(Self { jobs, results, progress, given_up })
    }

    fn release(self) {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MOST {
            idle.push(self);
        }
    }
}

/// Does the work in a worker, however long it takes. `None` if there can be no thread.
pub(crate) fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let worker = Worker::get().ok()?;
    worker.jobs.send(Box::new(move |_, _| Box::new(work()))).ok()?;
    let result = worker.results.recv().ok()?;
    worker.release();
    result.downcast().ok().map(|result| *result)
}

/// Does the work in a worker. Each expression that does not end costs the limit once, and is skipped from then on.
/// `None` if there can be no thread.
pub(crate) fn run<T: Send + 'static>(
    settings: &Settings,
    work: impl Fn(&Evaluator) -> T + Clone + Send + 'static,
) -> Option<T> {
    /// The number of waits that together make up the limit.
    const STEPS: u32 = 10;
    let mut stuck = BTreeSet::new();
    loop {
        let worker = Worker::get().ok()?;
        let (now, limit, known, work) = (settings.seconds(), settings.limit, stuck.clone(), work.clone());
        let job: Job = Box::new(move |shared, progress| {
            shared.now = now;
            Box::new(work(&Evaluator { shared, progress, stuck: known, limit }))
        });
        worker.jobs.send(job).ok()?;
        let (mut last, mut steps) = (0, 0);
        let step = (limit / STEPS).max(Duration::from_millis(1));
        loop {
            match worker.results.recv_timeout(step) {
                Ok(result) => {
                    worker.release();
                    return result.downcast().ok().map(|result| *result);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let progress = worker.progress.load(Ordering::Relaxed);
                    steps = if progress == last { steps + 1 } else { 0 };
                    last = progress;
                    if steps >= STEPS {
                        worker.given_up.store(true, Ordering::Relaxed);
                        stuck.insert(progress % EXPRESSIONS);
                        break;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}
