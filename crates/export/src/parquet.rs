//! Events as Parquet files, one for each UTC day of receipt: `day=2026-09-02/part-0.parquet`.
//!
//! That a folder's name tells the value of a column is Hive's way to partition, which DuckDB and Spark read. The files
//! are written column by column, without Arrow, which would be many times the code: what is typed is flat.

mod column;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::parquet::basic::Compression;
use ::parquet::errors::Result;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::{Type, TypePtr};
use askfirst_contract::{Contract, Day};
use askfirst_sqlite::EventRow;

use self::column::Column;
use crate::EventWriter;
use crate::columns::{Columns, Kind};

/// Events of a row group at the most: as many as DuckDB's own have, so that it reads with a thread for each.
const MAX_ROWS: usize = 122_880;
/// Bytes of a row group in memory at the most. Vectors that grow are at worst twice as large, and a column that is
/// encoded is there a second time: far below 200 MB in all.
const MAX_BYTES: usize = 32 << 20;

/// The columns that every event has, in the order of the schema: the numbers of [`Rows::columns`].
const ID: usize = 0;
const RECEIVED_AT: usize = 1;
const OCCURRED_AT: usize = 2;
const TYPE: usize = 3;
const EVENT_ID: usize = 4;
const INSTALL_ID: usize = 5;
/// The first of the declared fields; behind the last is `other_fields`.
const FIELDS: usize = 6;

/// Writes events into a folder, a file for each day.
#[derive(Debug)]
pub struct ParquetFolder {
    folder: PathBuf,
    schema: TypePtr,
    properties: WriterPropertiesPtr,
    rows: Rows,
    /// The file of the day that is being written.
    open: Option<(Day, SerializedFileWriter<File>)>,
}

/// The row group that is being filled.
#[derive(Debug)]
struct Rows {
    declared: Columns,
    columns: Vec<Column>,
    count: usize,
}

impl ParquetFolder {
    /// Writes into an empty folder.
    ///
    /// # Errors
    ///
    /// Where the contract makes no schema.
    pub fn new(folder: &Path, contract: &Contract) -> io::Result<Self> {
        let rows = Rows::of(contract);
        let columns = rows.columns.iter().map(Column::schema).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("event").with_fields(columns).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            // Of whole row groups: those of pages would stay in memory until the file ends.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true);
        Ok(Self {
            folder: folder.to_owned(),
            schema: Arc::new(schema),
            properties: Arc::new(properties.build()),
            rows,
            open: None,
        })
    }

    /// Opens the file of a day.
    fn open(&self, day: Day) -> io::Result<SerializedFileWriter<File>> {
        let folder = self.folder.join(format!("day={day}"));
        fs::create_dir(&folder)?;
        let file = File::create_new(folder.join("part-0.parquet"))?;
        Ok(SerializedFileWriter::new(file, Arc::clone(&self.schema), Arc::clone(&self.properties))?)
    }

    /// Writes the row group that was filled, if any, and the end of the file.
    fn close(&mut self) -> io::Result<()> {
        let Some((_, mut file)) = self.open.take() else { return Ok(()) };
        self.rows.write(&mut file)?;
        file.finish()?;
        file.inner().sync_all()
    }
}

impl EventWriter for ParquetFolder {
    fn event(&mut self, event: &EventRow<'_>) -> io::Result<()> {
        let day = event.received_at.day();
        // Events come in the order of receipt, so no day comes twice.
        if self.open.as_ref().is_none_or(|(open, _)| *open != day) {
            self.close()?;
            self.open = Some((day, self.open(day)?));
        }
        self.rows.push(event)?;
        if self.rows.is_full()
            && let Some((_, file)) = &mut self.open
        {
            self.rows.write(file)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.close()
    }
}

impl Rows {
    fn of(contract: &Contract) -> Self {
        let declared = Columns::of(contract);
        let mut columns = vec![
            Column::required("id", Kind::Int),
            Column::required("received_at", Kind::Time),
            Column::optional("occurred_at", Kind::Time),
            Column::required("type", Kind::Text),
            Column::optional("event_id", Kind::Text),
            Column::optional("install_id", Kind::Text),
        ];
        columns.extend(declared.fields.iter().map(|column| Column::optional(&column.name, column.kind)));
        columns.push(Column::optional("other_fields", Kind::Text));
        Self { declared, columns, count: 0 }
    }

    fn push(&mut self, event: &EventRow<'_>) -> io::Result<()> {
        let Self { declared, columns, count } = self;
        columns[ID].push_int(event.id);
        columns[RECEIVED_AT].push_int(event.received_at.0);
        columns[TYPE].push_text(event.event_type);
        if let Some(time) = event.occurred_at {
            columns[OCCURRED_AT].push_int(time.0);
        }
        for (column, text) in [(EVENT_ID, event.event_id), (INSTALL_ID, event.install_id)] {
            if let Some(text) = text {
                columns[column].push_text(text);
            }
        }
        // A row has one value at the most, whatever the stored text holds.
        let rest = declared.place(event, &mut |column, value| {
            let column = &mut columns[FIELDS + column];
            column.rows() == *count && column.push(value)
        })?;
        if let (Some(rest), Some(other_fields)) = (rest, columns.last_mut()) {
            other_fields.push_text(&rest);
        }
        *count += 1;
        for column in columns.iter_mut().filter(|column| column.rows() < *count) {
            column.push_nothing();
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.count >= MAX_ROWS || self.columns.iter().map(Column::size).sum::<usize>() >= MAX_BYTES
    }

    /// Writes a row group of what is there, and begins the next.
    fn write(&mut self, file: &mut SerializedFileWriter<File>) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let mut row_group = file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(out) = row_group.next_column()? {
                column.write(out)?;
            }
        }
        row_group.close()?;
        self.count = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    use ::parquet::record::Field;
    use askfirst_contract::Timestamp;
    use proptest::prelude::*;

    use super::*;

    const CONTRACT: &str = "
        [app]
        id = 'probe'
        title = 'Probe'
        about = 'For tests.'
        [[event]]
        type = 'run'
        about = 'It ran.'
        [event.fields]
        ok = { type = 'bool', optional = true, why = 'x' }
        count = { type = 'int', optional = true, why = 'x' }
        ratio = { type = 'number', optional = true, why = 'x' }
        note = { type = 'text', max = 90, optional = true, why = 'x' }
    ";

    /// The values of an event, which may all be missing.
    type Values = (Option<bool>, Option<i64>, Option<f64>, Option<String>, Option<String>);

    fn values() -> impl Strategy<Value = Values> {
        let number = prop_oneof![any::<i32>().prop_map(f64::from), -1e300..1e300_f64];
        (
            any::<Option<bool>>(),
            any::<Option<i64>>(),
            prop::option::of(number),
            any::<Option<String>>(),
            any::<Option<String>>(),
        )
    }

    fn fields_of((ok, count, ratio, note, _): &Values) -> String {
        let number = |number: Option<f64>| number.map_or("null".to_owned(), |number| format!("{number:e}"));
        let text = |value: serde_json::Value| value.to_string();
        format!(
            "{{\"ok\":{},\"count\":{},\"ratio\":{},\"note\":{}}}",
            text((*ok).into()),
            text((*count).into()),
            number(*ratio),
            text(note.as_deref().into()),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_written_is_read(events in prop::collection::vec(values(), 0..40), rows in 1..20_usize) {
            let folder = tempfile::tempdir().unwrap();
            let contract = Contract::parse("probe.toml", CONTRACT).unwrap();
            let mut writer = Box::new(ParquetFolder::new(folder.path(), &contract).unwrap());
            for (id, event) in (1..).zip(&events) {
                writer.event(&EventRow {
                    id,
                    received_at: Timestamp(id),
                    occurred_at: None,
                    event_type: "run",
                    event_id: event.4.as_deref(),
                    install_id: None,
                    fields: &fields_of(event),
                }).unwrap();
                // Row groups end anywhere.
                if writer.rows.count == rows && let Some((_, file)) = &mut writer.open {
                    writer.rows.write(file).unwrap();
                }
            }
            writer.finish().unwrap();
            let path = folder.path().join("day=1970-01-01/part-0.parquet");
            prop_assert_eq!(path.exists(), !events.is_empty());
            if events.is_empty() {
                return Ok(());
            }
            let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
            prop_assert_eq!(reader.num_row_groups(), events.len().div_ceil(rows));
            let read: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
            prop_assert_eq!(read.len(), events.len());
            for ((id, columns), (ok, count, ratio, note, event_id)) in (1..).zip(read).zip(events) {
                let text = |text: Option<String>| text.map_or(Field::Null, Field::Str);
                let truth = [
                    Field::Long(id),
                    Field::TimestampMillis(id),
                    Field::Null,
                    Field::Str("run".to_owned()),
                    text(event_id),
                    Field::Null,
                    ok.map_or(Field::Null, Field::Bool),
                    count.map_or(Field::Null, Field::Long),
                    ratio.map_or(Field::Null, Field::Double),
                    text(note),
                    Field::Null,
                ];
                let values: Vec<_> = columns.into_iter().map(|(_, value)| value).collect();
                prop_assert_eq!(values, truth);
            }
        }
    }
}
