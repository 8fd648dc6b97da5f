//! What it costs to build a program that lists organizations.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{cargo, output, workspace};

/// A program to build, in a project of its own.
struct Program {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
    /// Whether the SDK in it, a crate called `workos`, is to be measured alone as well.
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

/// What was measured of one program.
struct Cost {
    name: &'static str,
    crates: usize,
    /// CPU seconds of a cold build: dev, release.
    cold: [f64; 2],
    /// CPU seconds of the SDK alone, its dependencies being built: dev, release.
    alone: Option<[f64; 2]>,
    /// Bytes of the stripped release binary.
    size: u64,
}

pub(crate) fn report(only: &[String]) -> Result<(), String> {
    let chosen =
        |program: &&Program| only.is_empty() || only.iter().any(|name| name == program.name);
    let mut costs = Vec::new();
    for program in PROGRAMS.iter().filter(chosen) {
        eprintln!("building {} …", program.name);
        costs.push(measure(program)?);
    }
    println!(
        "| program | crates | cold build, CPU s, dev | release | the SDK alone, dev | release | \
         binary |"
    );
    println!("|---|---|---|---|---|---|---|");
    let base = costs.iter().find(|cost| cost.name == "official");
    for cost in &costs {
        let cell = |own: f64, of: Option<f64>| match of {
            Some(of) => format!("{own:.1} ({:.2}x)", own / of),
            None => format!("{own:.1}"),
        };
        let [dev, release] = cost.cold;
        let alone = cost.alone.map(|[dev, release]| {
            let base = base.and_then(|base| base.alone);
            (cell(dev, base.map(|[dev, _]| dev)), cell(release, base.map(|[_, release]| release)))
        });
        let (alone_dev, alone_release) = alone.unwrap_or_default();
        println!(
            "| {} | {} | {} | {} | {alone_dev} | {alone_release} | {:.1} MB |",
            cost.name,
            cost.crates,
            cell(dev, base.map(|base| base.cold[0])),
            cell(release, base.map(|base| base.cold[1])),
            cost.size as f64 / 1e6,
        );
    }
    Ok(())
}

fn measure(program: &Program) -> Result<Cost, String> {
    let folder = write(program)?;
    // So that nothing is downloaded while the clock runs.
    output(cargo().arg("fetch").current_dir(&folder))?;
    let target = folder.join("target");
    let measure = |profile: &str| {
        let _ = fs::remove_dir_all(&target);
        let build = format!("cargo build --quiet --profile {profile}");
        let cold = cpu_seconds(&build, &folder)?;
        let mut alone = 0.0;
        if program.has_sdk {
            let clean = ["clean", "--quiet", "-p", "workos", "--profile", profile];
            output(cargo().args(clean).current_dir(&folder))?;
            alone = cpu_seconds(&format!("{build} -p workos"), &folder)?;
            output(cargo().args(["build", "--quiet", "--profile", profile]).current_dir(&folder))?;
        }
        Ok::<_, String>((cold, alone))
    };
    let (dev, dev_alone) = measure("dev")?;
    let (release, release_alone) = measure("release")?;
    let binary = target.join("release").join(program.name);
    let size =
        fs::metadata(&binary).map_err(|error| format!("{}: {error}", binary.display()))?.len();
    let crates = crates(&folder)?;
    Ok(Cost {
        name: program.name,
        crates,
        cold: [dev, release],
        alone: program.has_sdk.then_some([dev_alone, release_alone]),
        size,
    })
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

/// User and system time of a command and all its children, as bash tells it.
fn cpu_seconds(command: &str, folder: &Path) -> Result<f64, String> {
    let script = format!("TIMEFORMAT='cpu %U %S'; time {command}");
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(folder).env_remove("CARGO_TARGET_DIR");
    // Ours is a path here, which cargo would compile incrementally; as a dependency it is not.
    bash.env("CARGO_INCREMENTAL", "0");
    let (_, stderr) = output(&mut bash)?;
    let line = stderr.lines().rev().find_map(|line| line.strip_prefix("cpu "));
    let times = line.ok_or_else(|| format!("bash told no time:\n{stderr}"))?;
    Ok(times.split(' ').filter_map(|time| time.parse::<f64>().ok()).sum())
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
