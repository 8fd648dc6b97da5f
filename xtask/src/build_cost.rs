//! The cost of building a program that lists organizations.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{cargo, output, without_build_settings, workspace};

/// A program to build, in its own project.
struct Program {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
    /// Whether to measure its SDK, a crate called `workos`, alone as well.
    has_sdk: bool,
}

const LIST: &str = r#"
    #[tokio::main]
    async fn main() {
        let client = workos::Client::new("sk_test_1");
        let page = client.organizations().list_organizations(Default::default()).await;
        println!("{:?}", page.map(|page| page.data.len()));
    }"#;

const PROGRAMS: &[Program] = &[
    Program { name: "official", dependencies: r#"workos = "=3.5.0""#, main: LIST, has_sdk: true },
    Program {
        name: "ours",
        dependencies: r#"workos = { path = "WORKSPACE/crates/workos" }"#,
        main: LIST,
        has_sdk: true,
    },
    Program {
        name: "ours-hyper",
        dependencies: r#"workos = { path = "WORKSPACE/crates/workos", default-features = false, features = ["api", "hyper"] }"#,
        main: LIST,
        has_sdk: true,
    },
    Program {
        name: "ours-organizations",
        dependencies: r#"workos = { path = "WORKSPACE/crates/workos", default-features = false, features = ["organizations", "reqwest", "rustls-tls"] }"#,
        main: LIST,
        has_sdk: true,
    },
    // What tests add to a program that has the SDK.
    Program {
        name: "ours-emulator",
        dependencies: r#"workos = { path = "WORKSPACE/crates/workos" }
            workos-emulator = { path = "WORKSPACE/crates/workos-emulator", default-features = false }"#,
        main: r#"
            #[tokio::main]
            async fn main() {
                let emulator = workos_emulator::Emulator::start().await.unwrap();
                let organizations = emulator.client().organizations();
                let page = organizations.list_organizations(Default::default()).await;
                println!("{:?}", page.map(|page| page.data.len()));
            }"#,
        has_sdk: true,
    },
    Program {
        name: "bare-reqwest",
        dependencies: r#"reqwest = { version = "0.12", default-features = false, features = ["json", "rustls-tls"] }
            serde = { version = "1", features = ["derive"] }"#,
        main: r#"
            #[derive(serde::Deserialize)]
            struct Page { data: Vec<Item> }
            #[derive(serde::Deserialize)]
            struct Item { id: String }
            #[tokio::main]
            async fn main() {
                let page = reqwest::get("https://api.workos.com/organizations").await.unwrap();
                let page: Page = page.json().await.unwrap();
                println!("{:?}", page.data.first().map(|item| &item.id));
            }"#,
        has_sdk: false,
    },
    Program {
        name: "bare-hyper",
        dependencies: r#"bytes = "1"
            http-body-util = "0.1"
            hyper-rustls = { version = "0.27", default-features = false, features = ["http1", "ring", "tls12", "webpki-roots"] }
            hyper-util = { version = "0.1", default-features = false, features = ["client-legacy", "http1", "tokio"] }
            serde = { version = "1", features = ["derive"] }
            serde_json = "1""#,
        main: r#"
            use http_body_util::{BodyExt, Empty};
            use hyper_util::{client::legacy::Client, rt::TokioExecutor};
            #[derive(serde::Deserialize)]
            struct Page { data: Vec<Item> }
            #[derive(serde::Deserialize)]
            struct Item { id: String }
            #[tokio::main]
            async fn main() {
                let https = hyper_rustls::HttpsConnectorBuilder::new().with_webpki_roots()
                    .https_only().enable_http1().build();
                let client = Client::builder(TokioExecutor::new())
                    .build::<_, Empty<bytes::Bytes>>(https);
                let uri = "https://api.workos.com/organizations".parse().unwrap();
                let body = client.get(uri).await.unwrap().collect().await.unwrap().to_bytes();
                let page: Page = serde_json::from_slice(&body).unwrap();
                println!("{:?}", page.data.first().map(|item| &item.id));
            }"#,
        has_sdk: false,
    },
];

/// CPU seconds of one round, in the order of the table's columns: the cold build in dev and in
/// release, then, for a program with an SDK, the SDK alone in dev and in release.
type Sample = Vec<f64>;

/// The minimum for the SDK alone: a faster build reused one that was already built.
const LEAST_CPU_SECONDS: f64 = 0.5;

/// A program and its measurements.
struct Cost {
    program: &'static Program,
    folder: PathBuf,
    /// How many crates are compiled, not counting the program.
    crates: usize,
    samples: Vec<Sample>,
    /// Bytes of the stripped release binary.
    size: u64,
}

pub(crate) fn report(arguments: &[&str]) -> Result<(), String> {
    let (rounds, programs) = choice(arguments)?;
    let mut costs = programs.into_iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
    // In turns, so that increasing load on the machine does not penalize one program.
    for round in 1..=rounds {
        for cost in &mut costs {
            eprintln!("round {round} of {rounds}: {} …", cost.program.name);
            measure(cost)?;
        }
    }
    print(&costs);
    Ok(())
}

/// How many rounds to run, and of which programs.
fn choice(arguments: &[&str]) -> Result<(usize, Vec<&'static Program>), String> {
    let (rounds, names) = match arguments {
        ["--rounds", rounds, names @ ..] => (*rounds, names),
        names => ("3", names),
    };
    let rounds = rounds.parse().ok().filter(|rounds| *rounds > 0);
    let rounds = rounds.ok_or("--rounds takes a whole number, at least 1")?;
    if let Some(name) = names.iter().find(|name| PROGRAMS.iter().all(|one| one.name != **name)) {
        let known: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
        return Err(format!("unknown program `{name}`; expected one of: {}", known.join(", ")));
    }
    let chosen = |program: &&Program| names.is_empty() || names.contains(&program.name);
    Ok((rounds, PROGRAMS.iter().filter(chosen).collect()))
}

fn prepare(program: &'static Program) -> Result<Cost, String> {
    let folder = write(program)?;
    // So that nothing is downloaded during the measurement.
    output(cargo().arg("fetch").current_dir(&folder))?;
    let crates = crates(&folder)?;
    Ok(Cost { program, folder, crates, samples: Vec::new(), size: 0 })
}

fn measure(cost: &mut Cost) -> Result<(), String> {
    let Cost { program, folder, .. } = cost;
    let (mut cold, mut alone) = (Sample::new(), Sample::new());
    for profile in ["dev", "release"] {
        let _ = fs::remove_dir_all(folder.join("target"));
        let build = format!("cargo build --target-dir target --profile {profile}");
        let (seconds, compiled) = cpu_seconds(&build, folder)?;
        // The program is compiled as well.
        if compiled <= cost.crates {
            return Err(format!(
                "{}: a cold {profile} build compiled {compiled} crates, expected {}",
                program.name,
                cost.crates + 1,
            ));
        }
        cold.push(seconds);
        if program.has_sdk {
            let clean = [
                "clean",
                "--quiet",
                "-p",
                "workos",
                "--profile",
                profile,
                "--target-dir",
                "target",
            ];
            output(cargo().args(clean).current_dir(&*folder))?;
            let (seconds, _) = cpu_seconds(&format!("{build} -p workos"), folder)?;
            alone.push(plausible(seconds).map_err(|error| format!("{}: {error}", program.name))?);
            // The binary measured below has to be linked again.
            cpu_seconds(&build, folder)?;
        }
    }
    cost.samples.push([cold, alone].concat());
    let binary = folder.join("target/release").join(program.name);
    cost.size =
        fs::metadata(&binary).map_err(|error| format!("{}: {error}", binary.display()))?.len();
    Ok(())
}

fn plausible(seconds: f64) -> Result<f64, String> {
    if seconds < LEAST_CPU_SECONDS {
        return Err(format!(
            "the SDK alone took {seconds} CPU s, expected at least {LEAST_CPU_SECONDS}: it was not \
             compiled"
        ));
    }
    Ok(seconds)
}

fn print(costs: &[Cost]) {
    println!(
        "| program | crates | cold build, CPU s, dev | release | the SDK alone, dev | release | \
         binary |"
    );
    println!("|---|---|---|---|---|---|---|");
    let base = costs.iter().find(|cost| cost.program.name == "official");
    let base = base.map_or(Sample::new(), |base| medians(&base.samples));
    for cost in costs {
        let mut cells: Vec<String> = medians(&cost.samples)
            .iter()
            .enumerate()
            .map(|(column, own)| match base.get(column) {
                Some(base) => format!("{own:.1} ({:.2}x)", own / base),
                None => format!("{own:.1}"),
            })
            .collect();
        cells.resize(4, String::new());
        println!(
            "| {} | {} | {} | {:.1} MB |",
            cost.program.name,
            cost.crates,
            cells.join(" | "),
            cost.size as f64 / 1e6,
        );
    }
}

/// The median of each column.
fn medians(samples: &[Sample]) -> Sample {
    let columns = samples.first().map_or(0, Vec::len);
    let column = |at| samples.iter().filter_map(|sample| sample.get(at).copied()).collect();
    (0..columns).map(|at| median(column(at))).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = |at: usize| values.get(at).copied().unwrap_or(f64::NAN);
    f64::midpoint(middle((values.len().saturating_sub(1)) / 2), middle(values.len() / 2))
}

/// Writes the project and returns its folder.
fn write(program: &Program) -> Result<PathBuf, String> {
    let folder = workspace().join("target/build-cost").join(program.name);
    let root = workspace().display().to_string();
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [profile.release]\nstrip = true\n[dependencies]\n{}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n",
        program.name,
        program.dependencies.replace("WORKSPACE", &root),
    );
    let write = |path: &Path, text: &str| {
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    fs::create_dir_all(folder.join("src")).map_err(|error| error.to_string())?;
    write(&folder.join("Cargo.toml"), &manifest)?;
    write(&folder.join("src/main.rs"), program.main)?;
    Ok(folder)
}

/// User and system time of a cargo command and all its children, as bash reports it, and how many
/// crates it compiled.
fn cpu_seconds(command: &str, folder: &Path) -> Result<(f64, usize), String> {
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("TIMEFORMAT='cpu %U %S'; time {command}")]).current_dir(folder);
    without_build_settings(&mut bash);
    // Ours is a path here, which cargo would compile incrementally; as a dependency it is not.
    bash.env("CARGO_INCREMENTAL", "0");
    let (_, stderr) = output(&mut bash)?;
    let line = stderr.lines().rev().find_map(|line| line.strip_prefix("cpu "));
    let times = line.ok_or_else(|| format!("bash reported no time:\n{stderr}"))?;
    let seconds = times.split(' ').filter_map(|time| time.parse::<f64>().ok()).sum();
    let is_compiled = |line: &&str| line.trim_start().starts_with("Compiling ");
    Ok((seconds, stderr.lines().filter(is_compiled).count()))
}

/// How many crates are compiled, not counting the program.
fn crates(folder: &Path) -> Result<usize, String> {
    let tree = ["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"];
    let (stdout, _) = output(cargo().args(tree).current_dir(folder))?;
    let unique: BTreeSet<_> = stdout
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|l| !l.is_empty())
        .collect();
    Ok(unique.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_shows_its_median_whatever_the_order_of_the_rounds() {
        let rounds = [vec![9.0, 1.0], vec![2.0, 3.0], vec![4.0, 2.0]];
        assert_eq!(medians(&rounds), [4.0, 2.0]);
        assert_eq!(medians(&[vec![1.0], vec![4.0]]), [2.5]);
        assert_eq!(medians(&[]), [0.0; 0]);
    }

    #[test]
    fn an_sdk_that_was_not_compiled_is_an_error() {
        assert_eq!(plausible(0.5), Ok(0.5));
        let error = "the SDK alone took 0.1 CPU s, expected at least 0.5: it was not compiled";
        assert_eq!(plausible(0.1), Err(error.to_owned()));
    }

    #[test]
    fn the_arguments_are_rounds_and_known_programs() {
        let names = |arguments: &[&str]| {
            choice(arguments).map(|(rounds, programs)| {
                (rounds, programs.iter().map(|program| program.name).collect::<Vec<_>>())
            })
        };
        let (rounds, all) = names(&[]).unwrap();
        assert_eq!((rounds, all.len()), (3, PROGRAMS.len()));
        assert_eq!(names(&["--rounds", "5", "ours"]), Ok((5, vec!["ours"])));
        assert!(names(&["our"]).unwrap_err().starts_with("unknown program `our`; expected one of"));
        for rounds in ["0", "-1", "many"] {
            let error = "--rounds takes a whole number, at least 1";
            assert_eq!(names(&["--rounds", rounds]), Err(error.to_owned()));
        }
    }
}
