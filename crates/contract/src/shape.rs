//! The tree that the dotted paths of an event's fields make, as flat arrays.

use crate::json::write_text;

/// The objects and the leaves of an event type.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Shape {
    /// The event itself at 0, then every object inside it, parents first.
    pub(crate) objects: Vec<Object>,
    /// The object each field stands in, by the field's index.
    pub(crate) parents: Vec<usize>,
}

/// An object of the event.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object {
    /// As a JSON pointer; the event itself is empty.
    pub(crate) pointer: String,
    /// The object it stands in; the event itself stands in itself.
    pub(crate) parent: usize,
    /// Its members in the order in which they were declared first.
    pub(crate) members: Vec<Member>,
}

/// A named place in an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The name as it is written into an event: `"name":`.
    pub(crate) written: Vec<u8>,
    pub(crate) node: Node,
}

impl Member {
    fn new(name: &str, node: Node) -> Self {
        let mut written = Vec::with_capacity(name.len() + 3);
        write_text(&mut written, name);
        written.push(b':');
        Self { name: name.to_owned(), written, node }
    }
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    /// The field of this index.
    Field(usize),
    /// The object of this index.
    Object(usize),
}

impl Shape {
    /// Builds the tree from dotted paths.
    ///
    /// # Errors
    ///
    /// The index of the first path that is there already, or that lies inside or around another field.
    pub(crate) fn new<'p>(paths: impl Iterator<Item = &'p str>) -> Result<Self, usize> {
        let mut shape = Self { objects: vec![Object::default()], parents: Vec::new() };
        for (index, path) in paths.enumerate() {
            let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
            let mut object = 0;
            for part in parents.split('.').filter(|part| !part.is_empty()) {
                object = shape.object_in(object, part).ok_or(index)?;
            }
            if shape.objects[object].member(name).is_some() {
                return Err(index);
            }
            shape.objects[object].members.push(Member::new(name, Node::Field(index)));
            shape.parents.push(object);
        }
        Ok(shape)
    }

    /// The object of this name inside another, made where it is new; `None` where a field has the name.
    fn object_in(&mut self, parent: usize, name: &str) -> Option<usize> {
        match self.objects[parent].member(name) {
            Some(Node::Object(object)) => Some(object),
            Some(Node::Field(_)) => None,
            None => {
                let object = self.objects.len();
                let pointer = format!("{}/{name}", self.objects[parent].pointer);
                self.objects[parent].members.push(Member::new(name, Node::Object(object)));
                self.objects.push(Object { pointer, parent, members: Vec::new() });
                Some(object)
            }
        }
    }
}

impl Object {
    /// What stands at a name.
    pub(crate) fn member(&self, name: &str) -> Option<Node> {
        self.members.iter().find(|member| member.name == name).map(|member| member.node)
    }
}
