//! Settings: flags over environment over file over defaults.
//!
//! Every setting is declared once, in [`Layer`] or [`AppSettings`], and every variable of the environment in [`VARIABLES`]
//! or `APP_KEYS`. Unknown keys and variables are refused with the nearest known one.

mod alerts;
mod app;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use askfirst_contract::{Document, Problems, Table};
use askfirst_core::settings::APP_PREFIX;
pub(crate) use askfirst_core::settings::AppSettings;
use ipnet::IpNet;

use self::app::{app_variable, apps, unknown_variable};
use crate::alert::Alerts;
use crate::args::{PlaceArguments, ServeArguments, parse_network};
use crate::failure::Failure;

/// Where contracts are looked for when nobody says where.
pub(crate) const DEFAULT_CONTRACTS: &str = "contracts";
/// The name of the server's own file, which no ledger may have.
const OPERATOR: &str = "operator";
/// Where configuration is looked for when nobody says where.
const DEFAULT_FILE: &str = "askfirst.toml";
/// The start of all variables.
const PREFIX: &str = "ASKFIRST_";
/// The other variables.
const VARIABLES: [&str; 6] = [
    CONFIG,
    "ASKFIRST_LISTEN",
    "ASKFIRST_DATA",
    "ASKFIRST_CONTRACTS",
    "ASKFIRST_TRUSTED_PROXY",
    "ASKFIRST_ADDRESS_HEADER",
];
const CONFIG: &str = "ASKFIRST_CONFIG";
/// What the server runs with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// In lower case.
    pub(crate) address_header: String,
    pub(crate) apps: Vec<AppSettings>,
    pub(crate) alerts: Alerts,
}

/// The settings of the server from one source.
#[derive(Debug, Default)]
struct Layer {
    listen: Option<SocketAddr>,
    data: Option<PathBuf>,
    contracts: Option<PathBuf>,
    trusted_proxies: Option<Vec<IpNet>>,
    address_header: Option<String>,
}

/// The variables of the environment that are ours, by name.
type Environment = BTreeMap<String, String>;

impl Settings {
    /// Resolves what `serve` runs with.
    pub(crate) fn resolve(arguments: ServeArguments) -> Result<Self, Failure> {
        let flags = Layer {
            listen: arguments.listen,
            data: arguments.place.data,
            contracts: arguments.place.contracts,
            trusted_proxies: (!arguments.trusted_proxies.is_empty()).then_some(arguments.trusted_proxies),
            address_header: arguments
                .address_header
                .map(|name| header_name(&name))
                .transpose()
                .map_err(Failure::not_right)?,
        };
        Self::layered(flags, arguments.place.config.as_deref(), &our_environment()?)
    }

    /// One app and no more, whatever environment and files say.
    pub(crate) fn of_app(listen: SocketAddr, data: PathBuf, app: AppSettings) -> Self {
        let layer = Layer { listen: Some(listen), data: Some(data), ..Layer::default() };
        Self { apps: vec![app], ..Self::of_layer(layer) }
    }

    /// Resolves where the data is, for the other commands.
    pub(crate) fn of_place(place: &PlaceArguments) -> Result<Self, Failure> {
        let flags = Layer { data: place.data.clone(), contracts: place.contracts.clone(), ..Layer::default() };
        Self::layered(flags, place.config.as_deref(), &our_environment()?)
    }

    /// The app of this name.
    pub(crate) fn app(&self, id: &str) -> Result<&AppSettings, Failure> {
        self.apps.iter().find(|app| app.contract.app.id == id).ok_or_else(|| {
            let known: Vec<_> = self.apps.iter().map(|app| app.contract.app.id.as_str()).collect();
            Failure::not_right(format!("there is no app `{id}`; there are: {}", known.join(", ")))
        })
    }

    /// The file of an app's ledger.
    pub(crate) fn ledger_path(&self, app: &AppSettings) -> PathBuf {
        self.data.join(format!("{}.db", app.contract.app.id))
    }

    /// The server's own file, beside the ledgers.
    pub(crate) fn operator_path(&self) -> PathBuf {
        self.data.join(format!("{OPERATOR}.db"))
    }

    fn layered(flags: Layer, config: Option<&Path>, environment: &Environment) -> Result<Self, Failure> {
        let file = read_file(config, environment)?;
        let of_file = match &file {
            Some((path, text)) => Layer::of_file(path, text).map_err(Failure::not_right)?,
            None => Layer::default(),
        };
        let layer = flags.over(Layer::of_environment(environment).map_err(Failure::not_right)?).over(of_file);
        let is_named = layer.contracts.is_some();
        let contracts = layer.contracts.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_CONTRACTS));
        let mut apps = apps(&contracts, is_named)?;
        let mut alerts = Alerts::default();
        if let Some((path, text)) = &file {
            read_apps(path, text, &mut apps).map_err(Failure::not_right)?;
            alerts = self::alerts::alerts(path, text, environment, &apps).map_err(Failure::not_right)?;
        }
        let of_webhooks: Vec<_> = alerts.webhooks.keys().map(|name| self::alerts::variable_of(name)).collect();
        for (name, value) in environment {
            if name.starts_with(APP_PREFIX) {
                app_variable(name, value, &mut apps).map_err(Failure::not_right)?;
            } else if !VARIABLES.contains(&name.as_str()) && !of_webhooks.contains(name) {
                return Err(Failure::not_right(unknown_variable(name, &apps, &of_webhooks)));
            }
        }
        Ok(Self { apps, alerts, ..Self::of_layer(layer) })
    }

    /// What a layer sets over the defaults, without apps and alerts.
    fn of_layer(layer: Layer) -> Self {
        Self {
            listen: layer.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8787))),
            data: layer.data.unwrap_or_else(|| PathBuf::from("data")),
            trusted_proxies: layer.trusted_proxies.unwrap_or_default(),
            address_header: layer.address_header.unwrap_or_else(|| "x-forwarded-for".to_owned()),
            apps: Vec::new(),
            alerts: Alerts::default(),
        }
    }
}

impl Layer {
    fn over(self, below: Self) -> Self {
        Self {
            listen: self.listen.or(below.listen),
            data: self.data.or(below.data),
            contracts: self.contracts.or(below.contracts),
            trusted_proxies: self.trusted_proxies.or(below.trusted_proxies),
            address_header: self.address_header.or(below.address_header),
        }
    }

    /// What `[server]` says.
    fn of_file(file: &str, text: &str) -> Result<Self, Problems> {
        let (mut document, mut root) = Document::parse(file, text)?;
        let layer =
            root.table(&mut document, "server").map_or_else(Self::default, |table| Self::read(&mut document, table));
        document.finish(Some(layer))
    }

    fn read(document: &mut Document<'_>, mut table: Table<'_>) -> Self {
        let mut layer = Self::default();
        if let Some(entry) = table.take("listen") {
            layer.listen = entry.parse(document, parse_listen);
        }
        if let Some(entry) = table.take("data") {
            layer.data = entry.text(document).map(PathBuf::from);
        }
        if let Some(entry) = table.take("contracts") {
            layer.contracts = entry.text(document).map(PathBuf::from);
        }
        if let Some(entry) = table.take("trusted_proxies") {
            let networks = entry.texts(document).unwrap_or_default();
            match networks.iter().map(|network| parse_network(network)).collect() {
                Ok(networks) => layer.trusted_proxies = Some(networks),
                Err(problem) => document.problem(entry.start, problem),
            }
        }
        if let Some(entry) = table.take("address_header") {
            layer.address_header = entry.parse(document, header_name);
        }
        table.finish(document);
        layer
    }

    fn of_environment(environment: &Environment) -> Result<Self, String> {
        let mut layer = Self::default();
        for (name, value) in environment {
            let told = |problem: String| format!("{name}: {problem}");
            match name.as_str() {
                CONFIG => {}
                "ASKFIRST_LISTEN" => layer.listen = Some(parse_listen(value).map_err(told)?),
                "ASKFIRST_DATA" => layer.data = Some(PathBuf::from(value)),
                "ASKFIRST_CONTRACTS" => layer.contracts = Some(PathBuf::from(value)),
                "ASKFIRST_TRUSTED_PROXY" => {
                    let networks = value.split(',').map(str::trim).filter(|network| !network.is_empty());
                    layer.trusted_proxies = Some(networks.map(parse_network).collect::<Result<_, _>>().map_err(told)?);
                }
                "ASKFIRST_ADDRESS_HEADER" => layer.address_header = Some(header_name(value).map_err(told)?),
                _ => {}
            }
        }
        Ok(layer)
    }
}

/// The environment, read in this one place.
fn our_environment() -> Result<Environment, Failure> {
    let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let ours = ours.filter(|(name, _)| name.starts_with(PREFIX)).map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Failure::not_right(format!("{name} is not UTF-8"))),
    });
    ours.collect()
}

/// The configuration file's name and text; one that somebody named must be there.
fn read_file(flag: Option<&Path>, environment: &Environment) -> Result<Option<(String, String)>, Failure> {
    let named = flag.map(Path::to_owned).or_else(|| environment.get(CONFIG).map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path.display().to_string(), text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(error) => Err(Failure::not_right(format!("can't read the configuration {}: {error}", path.display()))),
    }
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is no address and port such as 127.0.0.1:8787"))
}

/// A header's name in lower case.
fn header_name(text: &str) -> Result<String, String> {
    let name = hyper::header::HeaderName::from_bytes(text.as_bytes());
    name.map(|name| name.as_str().to_owned()).map_err(|_| format!("`{text}` is no name of a header"))
}

/// Takes what a file sets for apps; [`Layer::of_file`] and `alerts` read the rest.
fn read_apps(file: &str, text: &str, apps: &mut [AppSettings]) -> Result<(), Problems> {
    let (mut document, mut root) = Document::parse(file, text)?;
    for read_elsewhere in ["server", "alert", "webhook"] {
        let _ = root.take(read_elsewhere);
    }
    if let Some(mut tables) = root.table(&mut document, "apps") {
        for app in apps.iter_mut() {
            let id = app.contract.app.id.clone();
            if let Some(table) = tables.table(&mut document, &id) {
                app.read(&mut document, table);
            }
        }
        tables.finish(&mut document);
    }
    root.finish(&mut document);
    document.finish(Some(()))
}

#[cfg(test)]
mod tests {
    use askfirst_core::settings::{APP_KEYS, Kind};

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn each_setting_comes_from_the_first_source_that_has_it() {
        let file = file(
            "[server]\nlisten = '10.0.0.1:1'\ndata = 'from-file'\ntrusted_proxies = ['10.0.0.1']\naddress_header = 'From-File'\n\
             [apps.voicemode]\nretention = '1d'\nmax_body = '1 KiB'\n",
        );
        let variables = environment(&[
            ("ASKFIRST_LISTEN", "10.0.0.2:2"),
            ("ASKFIRST_TRUSTED_PROXY", "10.0.0.2, 10.1.0.0/16"),
            ("ASKFIRST_APP_VOICEMODE_RETENTION", "2d"),
            ("ASKFIRST_APP_VOICEMODE_LIMITS_ADDRESS", "off"),
        ]);
        let flags = Layer { listen: Some(SocketAddr::from(([10, 0, 0, 3], 3))), ..Layer::default() };
        let settings = Settings::layered(flags, Some(file.path()), &variables).unwrap();
        assert_eq!(settings.listen.to_string(), "10.0.0.3:3");
        assert_eq!(settings.data, Path::new("from-file"));
        assert_eq!(settings.trusted_proxies.len(), 2);
        assert_eq!(settings.address_header, "from-file");
        let policy = &settings.apps[0].contract.policy;
        assert_eq!((policy.retention.to_string(), policy.max_body.to_string()), ("2d".to_owned(), "1 KiB".to_owned()));
        let (file, text) = askfirst_core::CONTRACTS[0];
        let shipped = askfirst_contract::Contract::parse(file, text).unwrap();
        assert_eq!((policy.limits.address, policy.limits.install), (None, shipped.policy.limits.install));
    }

    #[test]
    fn what_nobody_sets_is_the_default() {
        let settings = Settings::layered(Layer::default(), None, &Environment::new()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8787");
        assert_eq!((settings.data.as_path(), settings.address_header.as_str()), (Path::new("data"), "x-forwarded-for"));
        assert!(settings.trusted_proxies.is_empty() && settings.apps.iter().all(|app| app.enabled));
    }

    #[test]
    fn the_example_has_every_key_with_its_default() {
        let text = include_str!("../../../../askfirst.example.toml");
        let keys = ["listen", "data", "contracts", "trusted_proxies", "address_header"];
        for key in keys.into_iter().chain(APP_KEYS.map(|(_, key, _)| key.rsplit('.').next().unwrap())) {
            assert!(text.contains(&format!("{key} = ")), "{key}");
        }
        let example = file(text);
        let settings = Settings::layered(Layer::default(), Some(example.path()), &Environment::new()).unwrap();
        let defaults = Settings::layered(Layer::default(), None, &Environment::new()).unwrap();
        assert_eq!((settings.listen, &settings.data), (defaults.listen, &defaults.data));
        assert_eq!(settings.trusted_proxies, defaults.trusted_proxies);
        assert_eq!(settings.address_header, defaults.address_header);
        let apps = |settings: Settings| -> Vec<_> {
            let app = |app: AppSettings| (app.contract.hash(), app.wire, app.enabled, app.base_path, app.host);
            settings.apps.into_iter().map(app).collect()
        };
        assert_eq!(apps(settings), apps(defaults));
    }

    #[test]
    fn every_key_of_an_app_can_be_set_by_a_variable() {
        for (key, _, kind) in APP_KEYS {
            let value = match key {
                "ENABLED" => "false",
                "BASE_PATH" => "/base/",
                "UNDECLARED" => "reject",
                "UNDECLARED_EVENTS" => "envelope",
                "HOST" => "telemetry.example.com",
                _ if kind == Kind::List => "https://a.example, https://b.example",
                "LIMITS_INSTALL" | "LIMITS_ADDRESS" => "5/min",
                "MAX_BODY" => "2 KiB",
                "MAX_BATCH" => "7",
                _ => "5d",
            };
            let app = match key {
                "ADMIN_TOKEN" | "SIGNING_SECRET" => "BAOFENG",
                "READ_TOKEN" => "DOMSCRIBE",
                _ => "VOICEMODE",
            };
            let variables = environment(&[(&format!("ASKFIRST_APP_{app}_{key}"), value)]);
            let of = |environment| {
                let settings = Settings::layered(Layer::default(), None, environment).unwrap();
                format!("{:?}", settings.app(&app.to_lowercase()).unwrap())
            };
            assert_ne!(of(&variables), of(&Environment::new()), "{key}");
        }
    }

    #[test]
    fn unknown_variables_are_told_the_nearest() {
        for (name, nearest) in [
            ("ASKFIRST_LISTNE", "ASKFIRST_LISTEN"),
            ("ASKFIRST_APP_VOICEMODE_RETENSION", "ASKFIRST_APP_VOICEMODE_RETENTION"),
            ("ASKFIRST_APP_VOICEMOD_RETENTION", "ASKFIRST_APP_VOICEMODE_RETENTION"),
        ] {
            let failure = Settings::layered(Layer::default(), None, &environment(&[(name, "x")])).unwrap_err();
            assert!(format!("{failure:?}").contains(&format!("did you mean {nearest}?")), "{failure:?}");
        }
    }
}
