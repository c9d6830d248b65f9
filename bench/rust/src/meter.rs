//! What a process uses: time, processor time, allocations.

use crate::case::Sample;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Counts without locking the memory bus, which costs an allocation next to nothing; counts of threads that allocate
/// at once may get lost, so it is right where one does.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

fn count() {
    ALLOCATIONS.store(ALLOCATIONS.load(Relaxed) + 1, Relaxed);
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, p: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(p, layout, size) }
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        unsafe { System.dealloc(p, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

pub struct Meter {
    allocs: u64,
    cpu: u64,
    start: Instant,
}

impl Meter {
    pub fn start() -> Self {
        Meter { allocs: ALLOCATIONS.load(Relaxed), cpu: cpu_ns(), start: Instant::now() }
    }

    pub fn stop(self, bytes: usize) -> Sample {
        Sample {
            ns: self.start.elapsed().as_nanos() as u64,
            cpu_ns: cpu_ns() - self.cpu,
            allocs: ALLOCATIONS.load(Relaxed).saturating_sub(self.allocs),
            bytes,
            error: String::new(),
        }
    }
}

/// Processor time of this process, of all its threads, in user and kernel.
fn cpu_ns() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let ns = |t: libc::timeval| t.tv_sec as u64 * 1_000_000_000 + t.tv_usec as u64 * 1_000;
    ns(usage.ru_utime) + ns(usage.ru_stime)
}
