//! The attributes that Python objects have for themselves and that the sandbox hides.
//!
//! It matters which of them exist: `x.__class__` is unsafe, while `x.__nosuch__` is an undefined attribute, or a dict's item.

use crate::value::Value;

/// What every object has.
const OBJECT: &str = "class delattr dir doc eq format ge getattribute getstate gt hash init init_subclass le lt ne new \
                      reduce reduce_ex repr setattr sizeof str subclasshook";

const NUMBER: &str = "abs add bool divmod float floor floordiv getnewargs int ceil mod mul neg pos pow radd rdivmod \
                      rfloordiv rmod rmul round rpow rsub rtruediv sub truediv trunc";

const SET: &str = "and contains iter len or rand ror rsub rxor sub xor";

/// What instances of classes written in Python have besides.
const INSTANCE: &str = "dict module weakref";

/// What types have besides, without their underscores.
fn more(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "str" | "Markup" => &["add contains getitem getnewargs iter len mod mul rmod rmul"],
        "bytes" => &["add bytes contains getitem getnewargs iter len mod mul rmod rmul"],
        "int" | "bool" => &[
            NUMBER,
            "and index invert lshift or rand rlshift ror rrshift rshift rxor xor",
        ],
        "float" => &[NUMBER, "getformat"],
        "list" => &[
            "add class_getitem contains delitem getitem iadd imul iter len mul reversed rmul setitem",
        ],
        "dict" => &["class_getitem contains delitem getitem ior iter len or reversed ror setitem"],
        "tuple" | "_GroupTuple" => {
            &["add class_getitem contains getitem getnewargs iter len mul rmul"]
        }
        "set" => &[SET, "class_getitem iand ior isub ixor"],
        "dict_keys" | "dict_items" => &[SET, "reversed"],
        "dict_values" => &["iter len reversed"],
        "NoneType" => &["bool"],
        "datetime.date" | "datetime.datetime" => &["add radd rsub sub"],
        "range" => &["bool contains getitem iter len reversed"],
        "builtin_function_or_method" => &["call module name qualname self text_signature"],
        "function" => &[
            "annotations builtins call closure code defaults dict get globals kwdefaults module name qualname",
        ],
        "method" => &["call func self"],
        "type" => &[
            "abstractmethods annotations base bases basicsize call dict dictoffset flags instancecheck itemsize module",
            "mro name or prepare qualname ror subclasscheck subclasses text_signature weakref weakrefoffset",
        ],
        "generator" => &["del iter name next qualname"],
        "LoopContext" => &[INSTANCE, "annotations call iter len next"],
        "Macro" | "BlockReference" | "Joiner" => &[INSTANCE, "call"],
        "TemplateReference" => &[INSTANCE, "getitem"],
        "Cycler" => &[INSTANCE, "next"],
        "Undefined" | "StrictUndefined" => &[
            NUMBER,
            "aiter call complex contains div getattr getitem iter len module rdiv slots",
        ],
        _ => &[],
    }
}

/// Attributes with one underscore.
fn private(type_name: &str) -> &'static str {
    match type_name {
        "LoopContext" => {
            "_after _before _current _depth0 _iterable _iterator _last_changed_value _length _peek_next _recurse \
             _to_iterator _undefined"
        }
        "Macro" => "_argument_count _async_invoke _default_autoescape _environment _func _invoke",
        "TemplateReference" => "_TemplateReference__context",
        "BlockReference" => "_async_call _context _depth _stack",
        "Namespace" => "_Namespace__attrs",
        "Undefined" | "StrictUndefined" => {
            "_fail_with_undefined_error _undefined_exception _undefined_hint _undefined_message _undefined_name \
             _undefined_obj"
        }
        "_GroupTuple" => "_asdict _field_defaults _fields _make _replace",
        _ => "",
    }
}

/// Whether the value has the attribute in Python and the sandbox hides it.
pub(super) fn is_hidden(value: &Value, name: &str) -> bool {
    let type_name = value.type_name();
    match type_name {
        // A lookup makes a key of any name, and a namespace looks every name up.
        "KeyValueLookup" | "UserKeyValueLookup" => return name.starts_with('_'),
        "Namespace" => return matches!(name, "__class__" | "_Namespace__attrs"),
        "type" if name == "mro" => return true,
        "generator" if matches!(name, "gi_frame" | "gi_code") => return true,
        _ => {}
    }
    if !name.starts_with('_') {
        return false;
    }
    if let Some(inner) = name
        .strip_prefix("__")
        .and_then(|name| name.strip_suffix("__"))
    {
        let has = |names: &str| names.split(' ').any(|known| known == inner);
        return has(OBJECT)
            || more(type_name).iter().any(|names| has(names))
            || (type_name == "Markup" && has("html html_format module dict"));
    }
    private(type_name).split(' ').any(|known| known == name)
}
