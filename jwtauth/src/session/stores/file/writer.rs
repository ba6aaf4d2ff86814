//! The only thread that writes. All waiting jobs go into one transaction, which is committed once. Then the jobs are
//! answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use redb::StorageError;
use rocket::tokio::sync::oneshot;

use super::disk::Disk;
use super::error::FileError;
use super::open::Opened;
use super::tables::{Snapshot, Tables};

/// The maximum number of jobs that wait for a commit. Further jobs get an error, because the disk is too slow for them.
const MAX_WAITING: usize = 8192;

/// The time after a failure until the file is opened again.
const RETRY: Duration = Duration::from_secs(1);

/// The maximum time to wait for readers before the file is opened again. After that, their access is cut off.
const READERS: Duration = Duration::from_secs(2);

/// The maximum time that a dropped store waits for the last commit.
const CLOSING: Duration = Duration::from_secs(5);

/// The state that the users of a store share with its thread.
pub(super) struct Writer {
    pub(super) disk: Arc<Disk>,
    queue: Mutex<Queue>,
    wake: Condvar,
    closed: Condvar,
    /// The tables for reads, or the reason why reads fail.
    snapshot: RwLock<Result<Arc<Snapshot>, Arc<FileError>>>,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Box<dyn Job>>,
    /// A read has failed.
    suspect: bool,
    closing: bool,
    closed: bool,
}

/// A job with a waiting caller.
trait Job: Send {
    fn apply(&mut self, tables: &mut Tables<'_>) -> Result<(), StorageError>;
    fn answer(self: Box<Self>, failed: Option<&Arc<FileError>>);
}

struct Step<T, F> {
    work: Option<F>,
    value: Option<T>,
    sender: oneshot::Sender<Result<T, Arc<FileError>>>,
}

impl Writer {
    pub(super) fn start(opened: Opened) -> Result<Arc<Self>, FileError> {
        let path = opened.disk().path().to_owned();
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| FileError::at(&path, "can't be used", error);
        let snapshot = opened.snapshot().map_err(|error| failed(error.into()))?;
        let writer = Arc::new(Writer {
            disk: Arc::clone(opened.disk()),
            queue: Mutex::default(),
            wake: Condvar::new(),
            closed: Condvar::new(),
            snapshot: RwLock::new(Ok(Arc::new(snapshot))),
        });
        let thread = {
            let writer = Arc::clone(&writer);
            move || writer.run(opened)
        };
        thread::Builder::new().name("jwtauth-sessions".into()).spawn(thread).map_err(|error| failed(error.into()))?;
        Ok(writer)
    }

    /// Queues work for the next transaction. The result is sent when the transaction is durable. If the receiver has
    /// been dropped by then, the work is skipped.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Arc<FileError>>>, &'static str> {
        let (sender, receiver) = oneshot::channel();
        let mut queue = self.queue();
        if queue.closing || queue.closed {
            return Err("the thread that writes the file of sessions has ended");
        }
        if queue.jobs.len() >= MAX_WAITING {
            return Err("the disk is too slow: too many wait for the file of sessions");
        }
        queue.jobs.push(Box::new(Step { work: Some(work), value: None, sender }));
        self.wake.notify_one();
        Ok(receiver)
    }

    /// The tables with all committed changes.
    pub(super) fn snapshot(&self) -> Result<Arc<Snapshot>, Arc<FileError>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reports a failed read, so that the file is opened again.
    pub(super) fn suspect(&self) {
        self.queue().suspect = true;
        self.wake.notify_one();
    }

    /// Writes the waiting jobs, closes the file, and ends the thread.
    pub(super) fn close(&self) {
        let mut queue = self.queue();
        queue.closing = true;
        self.wake.notify_one();
        let waited = self.closed.wait_timeout_while(queue, CLOSING, |queue| !queue.closed);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A panic can't leave the queue half-changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, opened: Opened) {
        let _last = Last(self);
        let mut opened = Some(opened);
        let mut failed: Option<(Arc<FileError>, Instant)> = None;
        while let Some((jobs, suspect)) = self.take(opened.is_none().then_some(RETRY)) {
            if suspect && let Some(suspected) = opened.take() {
                let error = FileError::new(self.disk.path(), "could not be read");
                self.withdraw(suspected, Arc::new(error));
            }
            if opened.is_none() {
                let too_soon = failed.take_if(|(_, at)| at.elapsed() < RETRY);
                let again = match too_soon {
                    Some(failed) => Err(failed),
                    None => self.open_again().map_err(|error| (Arc::new(error), Instant::now())),
                };
                match again {
                    Ok(again) => opened = Some(again),
                    Err((error, at)) => {
                        self.publish(Err(Arc::clone(&error)));
                        answer(jobs, Some(&error));
                        failed = Some((error, at));
                        continue;
                    }
                }
            }
            let Some(current) = &opened else { continue };
            let mut jobs = jobs;
            match catch_unwind(AssertUnwindSafe(|| commit(current, &mut jobs))) {
                Ok(Ok(snapshot)) => {
                    if let Some(snapshot) = snapshot {
                        // This comes before the answers, so that callers see the changes after their answer.
                        self.publish(Ok(Arc::new(snapshot)));
                    }
                    answer(jobs, None);
                }
                outcome => {
                    let error = Arc::new(match outcome {
                        Ok(Err(error)) => FileError::at(self.disk.path(), "can't be read or written", error),
                        _ => FileError::new(self.disk.path(), "is damaged: redb can't make sense of it"),
                    });
                    // Opening the file again shows whether the transaction was committed.
                    if let Some(broken) = opened.take() {
                        self.withdraw(broken, Arc::clone(&error));
                    }
                    answer(jobs, Some(&error));
                }
            }
        }
        if let Some(opened) = opened {
            let error = FileError::new(self.disk.path(), "has been closed");
            self.publish_and_wait(Arc::new(error));
            opened.close();
        }
    }

    /// The waiting jobs. `None` when there are none and no more can come.
    fn take(&self, patience: Option<Duration>) -> Option<(Vec<Box<dyn Job>>, bool)> {
        let idle = |queue: &mut Queue| queue.jobs.is_empty() && !queue.suspect && !queue.closing;
        let queue = self.queue();
        let mut queue = match patience {
            None => self.wake.wait_while(queue, idle).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                self.wake.wait_timeout_while(queue, patience, idle).unwrap_or_else(PoisonError::into_inner).0
            }
        };
        if queue.closing && queue.jobs.is_empty() {
            return None;
        }
        Some((std::mem::take(&mut queue.jobs), std::mem::take(&mut queue.suspect)))
    }

    fn publish(&self, snapshot: Result<Arc<Snapshot>, Arc<FileError>>) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }

    /// Stops new reads, and waits for the current ones, because the file is about to be opened by another database.
    fn publish_and_wait(&self, error: Arc<FileError>) {
        let mut current = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        let Ok(last) = std::mem::replace(&mut *current, Err(error)) else { return };
        drop(current);
        let since = Instant::now();
        while Arc::strong_count(&last) > 1 && since.elapsed() < READERS {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn withdraw(&self, opened: Opened, error: Arc<FileError>) {
        self.publish_and_wait(error);
        opened.abandon();
    }

    fn open_again(&self) -> Result<Opened, FileError> {
        let opened = Opened::again(Arc::clone(&self.disk))?;
        match opened.snapshot() {
            Ok(snapshot) => {
                self.publish(Ok(Arc::new(snapshot)));
                Ok(opened)
            }
            Err(error) => {
                opened.abandon();
                Err(FileError::at(self.disk.path(), "can't be read", error))
            }
        }
    }
}

/// Releases the waiting callers when the thread ends, for whatever reason.
struct Last<'w>(&'w Writer);

impl Drop for Last<'_> {
    fn drop(&mut self) {
        // The file is unlocked here and not when the last reference is dropped, because another process may be waiting
        // for it.
        self.0.disk.unlock();
        let mut queue = self.0.queue();
        queue.closed = true;
        queue.jobs.clear();
        self.0.closed.notify_all();
    }
}

/// Runs all jobs in one transaction. Returns the new tables for reads, if there were changes.
fn commit(opened: &Opened, jobs: &mut [Box<dyn Job>]) -> Result<Option<Snapshot>, redb::Error> {
    let transaction = opened.begin_write()?;
    let mut tables = Tables::open(&transaction)?;
    for job in jobs {
        job.apply(&mut tables)?;
    }
    let changed = tables.changed();
    drop(tables);
    if changed {
        transaction.commit()?;
        opened.snapshot().map(Some)
    } else {
        transaction.abort()?;
        Ok(None)
    }
}

fn answer(jobs: Vec<Box<dyn Job>>, failed: Option<&Arc<FileError>>) {
    for job in jobs {
        job.answer(failed);
    }
}

impl<T: Send, F: FnOnce(&mut Tables<'_>) -> Result<T, StorageError> + Send> Job for Step<T, F> {
    fn apply(&mut self, tables: &mut Tables<'_>) -> Result<(), StorageError> {
        if let Some(work) = self.work.take()
            && !self.sender.is_closed()
        {
            self.value = Some(work(tables)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, failed: Option<&Arc<FileError>>) {
        // A caller that is gone gets no result.
        match (failed, self.value) {
            (Some(error), _) => drop(self.sender.send(Err(Arc::clone(error)))),
            (None, Some(value)) => drop(self.sender.send(Ok(value))),
            (None, None) => {}
        }
    }
}
