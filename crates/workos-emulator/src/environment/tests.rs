use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use workos::organizations::CreateOrganization;

use super::*;
use crate::products::directory_scripts::{self, DirectoryScript, DirectoryScriptRun};
use crate::products::directory_sync::{NewDirectory, NewDirectoryUser, add_directory};
use crate::products::organizations;
use crate::state::backend::{Stored, Write};

/// A file that may be full.
#[derive(Debug, Clone, Default)]
struct File {
    is_full: Arc<AtomicBool>,
}

impl File {
    fn write(&self) -> io::Result<()> {
        match self.is_full.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

impl Backend for File {
    fn commit(&mut self, _writes: &[Write]) -> io::Result<()> {
        self.write()
    }

    fn replace(&mut self, _writes: &mut dyn Iterator<Item = Write>) -> io::Result<()> {
        self.write()
    }

    fn load(&mut self, _each: &mut dyn FnMut(Stored<'_>) -> io::Result<()>) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_step_that_cannot_be_stored_waits_until_it_can() {
    let access = Access::new(None, false);
    let environment = Environment::new("sk_test".into(), "http://localhost".into(), access, 7);
    let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    environment.clock.freeze(noon);
    let file = File::default();
    environment.keep_in(Box::new(file.clone())).unwrap();
    let script = DirectoryScript::new()
        .after(Duration::from_secs(5))
        .add_user(NewDirectoryUser::default())
        .remove_user("nobody");
    let started = environment.write(|change| {
        organizations::add(change, None, CreateOrganization::new("Acme"))?;
        let new = NewDirectory { organization: "Acme".into(), ..NewDirectory::default() };
        let directory = add_directory(change, new)?;
        directory_scripts::start(change, &directory.id, script, "")
    });
    let started = started.unwrap();
    let shown = || -> DirectoryScriptRun {
        environment.read(|view| directory_scripts::all(view, None)).unwrap().remove(0)
    };

    file.is_full.store(true, Ordering::SeqCst);
    environment.clock.advance(Duration::from_secs(10));
    assert_eq!(environment.run_scripts(100), Some(noon + Duration::from_secs(11)));
    assert_eq!(shown(), started);

    file.is_full.store(false, Ordering::SeqCst);
    let done = shown();
    let refused: Vec<_> = done.refused.iter().map(|step| (step.step, step.at)).collect();
    assert_eq!((done.steps_done, refused), (2, vec![(1, noon + Duration::from_secs(5))]));
}
