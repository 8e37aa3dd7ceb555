//! The questions that `askfirst contract new` asks on a terminal.

use std::io::{BufRead, Write};

use askfirst_contract::EventType;

use super::draft::{Draft, FieldDraft};
use crate::failure::Failure;

/// What is known before anything is asked.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) about: Option<String>,
    pub(super) event: Option<String>,
    pub(super) fields: Vec<FieldDraft>,
}

impl Known {
    /// The contract without any question; the id must be known.
    pub(super) fn unasked(self) -> Result<Draft, Failure> {
        let id = self.id.ok_or_else(|| {
            Failure::not_right("which app? name its id, such as: askfirst contract new mytool --event run")
        })?;
        Ok(Draft {
            title: self.title.unwrap_or_else(|| id.clone()),
            about: self.about.unwrap_or_else(|| format!("TODO: say in a sentence what {id} is.")),
            event: self.event.unwrap_or_else(|| "run".to_owned()),
            fields: self.fields,
            id,
        })
    }

    /// Whether there is anything to ask.
    fn is_complete(&self) -> bool {
        self.id.is_some() && self.about.is_some() && self.event.is_some() && !self.fields.is_empty()
    }

    /// Asks for what is not known.
    pub(super) fn ask(self, input: impl BufRead, output: impl Write) -> Result<Draft, Failure> {
        if self.is_complete() {
            return self.unasked();
        }
        let mut ask = Asking { input, output };
        let is_any = |answer: &str| !answer.is_empty();
        let id = ask.unless(self.id, "The app's id (1 to 32 of a-z, 0-9, -)", None, is_id)?;
        let title = ask.unless(self.title, "The name people know it by", Some(&id), is_any)?;
        let about = ask.unless(self.about, "One sentence on what it is", None, is_any)?;
        let event = ask.unless(self.event, "The type of the first event", Some("run"), EventType::is_name)?;
        let mut fields = self.fields;
        if fields.is_empty() {
            writeln!(
                ask.output,
                "\nEvery event has an id, a random number of the installation, the time, the version, the system and\n\
                 whether a person or a machine is at work. What else does `{event}` tell?\n\
                 Types: text, enum:a,b, bool, int:0..100, number:0.., time, uuid, version, hex, counts, list."
            )?;
            while let Some(field) = ask.field()? {
                fields.push(field);
            }
        }
        Ok(Draft { id, title, about, event, fields })
    }
}

/// Whether the contract language takes this for an app's id; it has the last word.
fn is_id(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

struct Asking<I, O> {
    input: I,
    output: O,
}

impl<I: BufRead, O: Write> Asking<I, O> {
    /// The answer to a question, or the default where it is empty.
    fn answer(&mut self, question: &str, default: Option<&str>) -> Result<String, Failure> {
        match default {
            Some(default) => write!(self.output, "{question} [{default}]: ")?,
            None => write!(self.output, "{question}: ")?,
        }
        self.output.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            return Err(Failure::not_right("the answers ended before the questions did; nothing was written"));
        }
        let answer = line.trim();
        Ok(if answer.is_empty() { default.unwrap_or_default().to_owned() } else { answer.to_owned() })
    }

    /// What is known, or what is answered; asks until the answer is right.
    fn unless(
        &mut self,
        known: Option<String>,
        question: &str,
        default: Option<&str>,
        is_right: fn(&str) -> bool,
    ) -> Result<String, Failure> {
        if let Some(known) = known {
            return Ok(known);
        }
        loop {
            let answer = self.answer(question, default)?;
            if is_right(&answer) {
                return Ok(answer);
            }
        }
    }

    /// The next field; `None` behind the last one.
    fn field(&mut self) -> Result<Option<FieldDraft>, Failure> {
        let name = self.answer("\nA field's name, with ? if optional; nothing if that was all", None)?;
        if name.is_empty() {
            return Ok(None);
        }
        loop {
            let kind = self.answer("  its type", Some("text"))?;
            let why = self.answer("  why it is collected", None)?;
            match FieldDraft::new(&name, &kind, &why) {
                Ok(field) => return Ok(Some(field)),
                Err(problem) => writeln!(self.output, "  {problem}")?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(known: Known, answers: &str) -> (Result<Draft, Failure>, String) {
        let mut output = Vec::new();
        let draft = known.ask(answers.as_bytes(), &mut output);
        (draft, String::from_utf8(output).unwrap())
    }

    #[test]
    fn what_no_flag_tells_is_asked() {
        let answers = "\nMy Tool\nmytool\nMy Tool\nBuilds things.\n\ntarget\nenm\n\nenum:debug,release\nwhich builds\nlate?\n\n\n\n";
        let (draft, output) = asked(Known::default(), answers);
        let field = |name: &str, optional, kind: &str, why: &str| FieldDraft {
            name: name.to_owned(),
            optional,
            kind: kind.to_owned(),
            why: why.to_owned(),
        };
        let expected = Draft {
            id: "mytool".to_owned(),
            title: "My Tool".to_owned(),
            about: "Builds things.".to_owned(),
            event: "run".to_owned(),
            fields: vec![
                field("target", false, "type = \"enum\", values = [\"debug\", \"release\"]", "which builds"),
                field("late", true, "type = \"text\", max = 64", super::super::draft::WHY_NOT_YET),
            ],
        };
        assert_eq!(draft.unwrap(), expected);
        assert!(output.contains("did you mean enum?"), "{output}");
        assert!(output.contains("[run]") && output.contains("[mytool]"), "{output}");
    }

    #[test]
    fn what_flags_tell_is_not_asked() {
        let text = |text: &str| Some(text.to_owned());
        let known = Known {
            id: text("mytool"),
            title: None,
            about: text("Builds."),
            event: text("build"),
            fields: vec![FieldDraft::parse("a=bool").unwrap()],
        };
        let (draft, output) = asked(known, "");
        assert_eq!((draft.unwrap().title.as_str(), output.as_str()), ("mytool", ""));
        let (draft, output) = asked(Known { id: text("mytool"), ..Known::default() }, "\nBuilds.\n\n\n");
        assert_eq!(draft.unwrap().title, "mytool");
        assert!(!output.contains("The app's id"), "{output}");
    }

    #[test]
    fn answers_that_end_early_write_nothing() {
        let (draft, _) = asked(Known::default(), "mytool\n");
        assert!(matches!(draft, Err(Failure::NotRight(_))));
    }
}
