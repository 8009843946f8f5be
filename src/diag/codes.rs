//! The table of codes: the only place where a code, its name and its page meet.
//!
//! Codes are stable: one that is no longer used is retired, never given to another fault. The hundreds tell the phase:
//! 1 syntax, 2 names, 3 values, 4 capacity, 5 failure and edges, 6 objects, 7 acceptances and policies, 9 files.

use std::fmt;

/// What is known about a code.
#[derive(Debug)]
pub struct CodeInfo {
    /// `V0401`.
    pub code: &'static str,
    /// `overfull`, the word that `accept` takes.
    pub name: &'static str,
    /// One line, for the list of codes.
    pub summary: &'static str,
    /// Whether `accept` may silence it. Syntax, names, types, schema, secrets and fit never are.
    pub acceptable: bool,
    /// The page that `explain` prints, in Markdown. Begins with the code.
    pub page: &'static str,
}

/// A reference into the table.
#[derive(Clone, Copy)]
pub struct Code(&'static CodeInfo);

impl Code {
    /// `V0401`.
    #[must_use]
    pub fn number(self) -> &'static str {
        self.0.code
    }

    /// `overfull`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// All that is known about it.
    #[must_use]
    pub fn info(self) -> &'static CodeInfo {
        self.0
    }

    /// Finds a code by number or name, case ignored.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        let matches = |code: &&Self| code.number().eq_ignore_ascii_case(word) || code.name().eq_ignore_ascii_case(word);
        ALL.iter().find(matches).copied()
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.0.code, self.0.name)
    }
}

/// Codes that were given once and say nothing any more, with what took their place.
pub const RETIRED: &[(&str, &str, &str)] = &[("V0412", "unplaced", "V0418, V0419 and V0420")];

macro_rules! codes {
    ($($constant:ident $code:literal $name:literal $acceptable:literal $summary:literal;)*) => {
        $(
            #[doc = $summary]
            pub const $constant: Code = Code(&CodeInfo {
                code: $code,
                name: $name,
                summary: $summary,
                acceptable: $acceptable,
                page: include_str!(concat!("explain/", $code, ".md")),
            });
        )*

        /// Every code, in order.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    SYNTAX "V0101" "syntax" false "the text does not follow the grammar";
    UNKNOWN_ESCAPE "V0102" "unknown-escape" false "a string holds an escape that the language does not know";
    UNTERMINATED "V0103" "unterminated" false "a string, a bracket or a brace is not closed";
    ENCODING "V0104" "encoding" false "a source is not UTF-8";
    TOO_LARGE "V0105" "too-large" false "a source is larger than the compiler reads";
    TOO_DEEP "V0106" "too-deep" false "expressions or blocks are nested too deeply";
    MISPLACED "V0107" "misplaced" false "a statement stands where it means nothing";
    UNKNOWN_NAME "V0201" "unknown-name" false "a name is not declared";
    UNKNOWN_KIND "V0202" "unknown-kind" false "a kind is not declared";
    UNKNOWN_FIELD "V0203" "unknown-field" false "an attribute is not a parameter of the kind";
    DUPLICATE_NAME "V0204" "duplicate-name" false "a name is declared twice";
    IMPORT_CYCLE "V0205" "import-cycle" false "modules import each other in a circle";
    UNKNOWN_IMPORT "V0206" "unknown-import" false "a module does not declare what is taken from it";
    UNUSED "V0207" "unused" false "an import or a let is never read";
    MISSING_MODULE "V0208" "missing-module" false "a module cannot be found or holds no source";
    KIND_CYCLE "V0209" "kind-cycle" false "kinds refine each other in a circle";
    UNKNOWN_INPUT "V0210" "unknown-input" false "a value is set for an input that does not exist";
    SHADOWING "V0211" "shadowing" false "a name hides another";
    UNKNOWN_TYPE "V0212" "unknown-type" false "a type is not declared";
    TYPE_MISMATCH "V0301" "type-mismatch" false "a value has another type than its place wants";
    UNKNOWN_UNIT "V0302" "unknown-unit" false "a number has a unit that does not exist or does not belong there";
    MISSING_FIELD "V0303" "missing-field" false "a parameter without a default is not given";
    VALUE_CYCLE "V0304" "value-cycle" false "values are computed from each other in a circle";
    CONSTRAINT "V0305" "constraint" false "a value breaks the constraint of its parameter";
    UPSIDE_DOWN_RANGE "V0306" "upside-down-range" false "a range ends before it begins";
    OVERFLOW "V0307" "overflow" false "a number is too large or too fine to be computed exactly";
    DIVISION_BY_ZERO "V0308" "division-by-zero" false "a number is divided by zero";
    SECRET_LEAK "V0309" "secret-leak" false "a secret would become plain text";
    PLAINTEXT_CREDENTIAL "V0310" "plaintext-credential" false "a string holds a credential";
    UNKNOWN_CHOICE "V0311" "unknown-choice" false "a value is not among the choices";
    INVALID_FORM "V0312" "invalid-form" false "a text does not have the form of its type";
    ARGUMENTS "V0313" "arguments" false "a function is called with arguments that it does not take";
    UNKNOWN_MEMBER "V0314" "unknown-member" false "a value has no such member";
    PHASE "V0315" "phase" false "a value is read before it exists";
    RECURSION "V0316" "recursion" false "functions call each other in a circle";
    REQUIREMENT "V0317" "requirement" false "a requirement of a kind does not hold";
    OVERFULL "V0401" "overfull" false "the requests exceed what a node can allocate";
    OVERSIZE "V0402" "oversize" false "a pod is larger than any node";
    QUOTA_EXCEEDED "V0403" "quota-exceeded" false "a namespace asks for more than its quota";
    QUOTA_SUM "V0404" "quota-sum" false "the quotas together promise more than the hardware holds";
    DISK_OVERFULL "V0405" "disk-overfull" false "the claims exceed what a disk can hold";
    SHARE_EXCEEDED "V0406" "share-exceeded" false "a component asks for more than its share of a budget";
    BUDGET_SUM "V0407" "budget-sum" false "the shares of a budget do not add up";
    UNBUDGETED "V0408" "unbudgeted" true "a container states no request";
    DISRUPTION_BUDGET "V0409" "disruption-budget" true "a disruption budget forbids every voluntary disruption";
    LIMITS_OVERCOMMITTED "V0410" "limits-overcommitted" true "the memory limits exceed the memory";
    NO_HARDWARE "V0411" "no-hardware" true "there is no hardware to prove anything against";
    QUOTA_KEY "V0413" "quota-key" false "a container lacks a key that its namespace's quota demands";
    UNBOUNDED_AUTOSCALER "V0414" "unbounded-autoscaler" false "an autoscaler has no maximum";
    CONTRADICTION "V0415" "contradiction" true "the same fact is stated twice with different values";
    NO_STORAGE "V0416" "no-storage" false "no disk serves the storage class of a claim";
    HARDWARE "V0417" "hardware" false "a description of hardware does not make sense";
    DOES_NOT_FIT "V0418" "does-not-fit" false "a state that must fit is refused";
    UNPROVED "V0419" "unproved" false "a state that must fit is not decided";
    NOT_GUARANTEED "V0420" "not-guaranteed" false "a state fits only if the scheduler is lucky";
    NO_SPARE_NODE "V0421" "no-spare-node" true "there is no second node for when the only one is gone";
    NOWHERE "V0422" "nowhere" true "no node takes the pods of a DaemonSet, or nobody says whether one does";
    SCRATCH "V0423" "scratch" true "a scratch volume may hold more than there is";
    DEPENDENCY_CYCLE "V0501" "dependency-cycle" false "hard dependencies form a circle";
    NO_LISTENER "V0502" "no-listener" false "an edge targets a port that nobody listens on";
    SPOF "V0503" "spof" true "one failure takes an entry point down";
    QUORUM "V0504" "quorum" true "a group cannot reach its quorum";
    DEGRADED "V0505" "degraded" true "one failure leaves an entry point up, but with less";
    UNKNOWN_API "V0601" "unknown-api" false "an object belongs to an API that is not declared";
    UNKNOWN_OBJECT_FIELD "V0602" "unknown-object-field" false "an object has a field that its API does not know";
    OBJECT_FIELD_TYPE "V0603" "object-field-type" false "a field of an object has another type than its API wants";
    INVALID_OBJECT_NAME "V0604" "invalid-object-name" false "Kubernetes refuses the name of an object";
    DUPLICATE_OBJECT "V0605" "duplicate-object" false "two objects have the same identity";
    NO_FOOTPRINT "V0606" "no-footprint" false "an object whose controller creates pods has no footprint";
    NO_EMISSION "V0607" "no-emission" false "there is no emission to refine or remove";
    MISSING_OBJECT_FIELD "V0608" "missing-object-field" false "an object lacks a field that its API demands";
    DANGLING_REFERENCE "V0609" "dangling-reference" false "an object refers to something that is not emitted";
    POD_SECURITY "V0610" "pod-security" false "a namespace refuses pods for what they may do";
    UNUSED_ACCEPTANCE "V0701" "unused-acceptance" false "an acceptance matches no finding";
    EXPIRED_ACCEPTANCE "V0702" "expired-acceptance" false "the date of an acceptance has passed";
    UNACCEPTABLE "V0703" "unacceptable" false "a finding that cannot be accepted is accepted";
    UNKNOWN_FINDING "V0704" "unknown-finding" false "an acceptance names a finding that does not exist";
    POLICY "V0705" "policy" true "a policy does not hold";
    APPLICATION "V0706" "application" false "a component does not belong to exactly one application";
    TEST_FAILED "V0707" "test-failed" false "an expectation of a test does not hold";
    UNREADABLE "V0901" "unreadable" false "a file or directory cannot be read";
    FOREIGN_FILES "V0902" "foreign-files" false "the output directory holds files that this compiler did not write";
    UNWRITABLE "V0903" "unwritable" false "a file or directory cannot be written";
    STALE "V0904" "stale" false "the output does not correspond to the sources";
    RENDERING "V0905" "rendering" false "the written tree would not give back the proved objects";
    MANIFEST "V0906" "manifest" false "a file of manifests holds something that is no object of Kubernetes";
}
