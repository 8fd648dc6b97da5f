//! [`Process`]: another process of an application.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::Job;

/// A process that is killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts the program of this package with a job.
    pub async fn start(program: &str, job: &Job) -> Self {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut process = Self { child, input, output: BufReader::new(output).lines() };
        process.tell(&serde_json::to_string(job).unwrap()).await;
        process
    }

    /// Writes a line to it.
    pub async fn tell(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line that it writes.
    pub async fn line(&mut self) -> String {
        self.output.next_line().await.unwrap().expect("a line of the process")
    }

    /// Gives it no chance to clean up.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}
