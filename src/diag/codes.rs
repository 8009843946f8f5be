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
    /// Which part of the compiler finds it.
    pub phase: Phase,
    /// Whether a value, a name or an object is missing where it is found: what follows from the missing one is not worth a word,
    /// and whoever needs it is left out of what is analysed.
    pub leaves_a_hole: bool,
    /// The page that `explain` prints, in Markdown. Begins with the code.
    pub page: &'static str,
}

/// The parts of the compiler, by what they look at. The hundreds of a code tell the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Syntax,
    Names,
    Values,
    Capacity,
    /// Failure, and the edges that it follows.
    Failure,
    Objects,
    /// Acceptances, policies, applications and tests.
    Judgement,
    Files,
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
    ($($constant:ident $code:literal $name:literal $acceptable:literal $phase:ident $leaves_a_hole:literal $summary:literal;)*) => {
        $(
            #[doc = $summary]
            pub const $constant: Code = Code(&CodeInfo {
                code: $code,
                name: $name,
                summary: $summary,
                acceptable: $acceptable,
                phase: Phase::$phase,
                leaves_a_hole: $leaves_a_hole,
                page: include_str!(concat!("explain/", $code, ".md")),
            });
        )*

        /// Every code, in order.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    SYNTAX "V0101" "syntax" false Syntax true "the text does not follow the grammar";
    UNKNOWN_ESCAPE "V0102" "unknown-escape" false Syntax true "a string holds an escape that the language does not know";
    UNTERMINATED "V0103" "unterminated" false Syntax true "a string, a bracket or a brace is not closed";
    ENCODING "V0104" "encoding" false Syntax true "a source is not UTF-8";
    TOO_LARGE "V0105" "too-large" false Syntax true "a source is larger than the compiler reads";
    TOO_DEEP "V0106" "too-deep" false Syntax true "expressions or blocks are nested too deeply";
    MISPLACED "V0107" "misplaced" false Syntax true "a statement stands where it means nothing";
    UNKNOWN_NAME "V0201" "unknown-name" false Names true "a name is not declared";
    UNKNOWN_KIND "V0202" "unknown-kind" false Names true "a kind is not declared";
    UNKNOWN_FIELD "V0203" "unknown-field" false Names true "an attribute is not a parameter of the kind";
    DUPLICATE_NAME "V0204" "duplicate-name" false Names true "a name is declared twice";
    IMPORT_CYCLE "V0205" "import-cycle" false Names true "modules import each other in a circle";
    UNKNOWN_IMPORT "V0206" "unknown-import" false Names true "a module does not declare what is taken from it";
    UNUSED "V0207" "unused" false Names false "an import or a let is never read";
    MISSING_MODULE "V0208" "missing-module" false Names true "a module cannot be found or holds no source";
    KIND_CYCLE "V0209" "kind-cycle" false Names true "kinds refine each other in a circle";
    UNKNOWN_INPUT "V0210" "unknown-input" false Names true "a value is set for an input that does not exist";
    SHADOWING "V0211" "shadowing" false Names true "a name hides another";
    UNKNOWN_TYPE "V0212" "unknown-type" false Names true "a type is not declared";
    TYPE_MISMATCH "V0301" "type-mismatch" false Values true "a value has another type than its place wants";
    UNKNOWN_UNIT "V0302" "unknown-unit" false Values true "a number has a unit that does not exist or does not belong there";
    MISSING_FIELD "V0303" "missing-field" false Values true "a parameter without a default is not given";
    VALUE_CYCLE "V0304" "value-cycle" false Values true "values are computed from each other in a circle";
    CONSTRAINT "V0305" "constraint" false Values true "a value breaks the constraint of its parameter";
    UPSIDE_DOWN_RANGE "V0306" "upside-down-range" false Values true "a range ends before it begins";
    OVERFLOW "V0307" "overflow" false Values true "a number is too large or too fine to be computed exactly";
    DIVISION_BY_ZERO "V0308" "division-by-zero" false Values true "a number is divided by zero";
    SECRET_LEAK "V0309" "secret-leak" false Values true "a secret would become plain text";
    PLAINTEXT_CREDENTIAL "V0310" "plaintext-credential" false Values true "a string holds a credential";
    UNKNOWN_CHOICE "V0311" "unknown-choice" false Values true "a value is not among the choices";
    INVALID_FORM "V0312" "invalid-form" false Values true "a text does not have the form of its type";
    ARGUMENTS "V0313" "arguments" false Values true "a function is called with arguments that it does not take";
    UNKNOWN_MEMBER "V0314" "unknown-member" false Values true "a value has no such member";
    PHASE "V0315" "phase" false Values true "a value is read before it exists";
    RECURSION "V0316" "recursion" false Values true "functions call each other in a circle";
    REQUIREMENT "V0317" "requirement" false Values false "a requirement of a kind does not hold";
    OVERFULL "V0401" "overfull" false Capacity false "the requests exceed what a node can allocate";
    OVERSIZE "V0402" "oversize" false Capacity false "a pod is larger than any node";
    QUOTA_EXCEEDED "V0403" "quota-exceeded" false Capacity false "a namespace asks for more than its quota";
    QUOTA_SUM "V0404" "quota-sum" false Capacity false "the quotas together promise more than the hardware holds";
    DISK_OVERFULL "V0405" "disk-overfull" false Capacity false "the claims exceed what a disk can hold";
    SHARE_EXCEEDED "V0406" "share-exceeded" false Capacity false "a component asks for more than its share of a budget";
    BUDGET_SUM "V0407" "budget-sum" false Capacity false "the shares of a budget do not add up";
    UNBUDGETED "V0408" "unbudgeted" true Capacity false "a container states no request";
    DISRUPTION_BUDGET "V0409" "disruption-budget" true Capacity false "a disruption budget forbids every voluntary disruption";
    LIMITS_OVERCOMMITTED "V0410" "limits-overcommitted" true Capacity false "the memory limits exceed the memory";
    NO_HARDWARE "V0411" "no-hardware" true Capacity false "there is no hardware to prove anything against";
    QUOTA_KEY "V0413" "quota-key" false Capacity false "a container lacks a key that its namespace's quota demands";
    UNBOUNDED_AUTOSCALER "V0414" "unbounded-autoscaler" false Capacity false "an autoscaler has no maximum";
    CONTRADICTION "V0415" "contradiction" true Capacity false "the same fact is stated twice with different values";
    NO_STORAGE "V0416" "no-storage" false Capacity false "no disk serves the storage class of a claim";
    HARDWARE "V0417" "hardware" false Capacity true "a description of hardware does not make sense";
    DOES_NOT_FIT "V0418" "does-not-fit" false Capacity false "a state that must fit is refused";
    UNPROVED "V0419" "unproved" false Capacity false "a state that must fit is not decided";
    NOT_GUARANTEED "V0420" "not-guaranteed" false Capacity false "a state fits only if the scheduler is lucky";
    NO_SPARE_NODE "V0421" "no-spare-node" true Capacity false "there is no second node for when the only one is gone";
    NOWHERE "V0422" "nowhere" true Capacity false "no node takes the pods of a DaemonSet, or nobody says whether one does";
    SCRATCH "V0423" "scratch" true Capacity false "a scratch volume may hold more than there is";
    DEPENDENCY_CYCLE "V0501" "dependency-cycle" false Failure false "hard dependencies form a circle";
    NO_LISTENER "V0502" "no-listener" false Failure true "an edge targets a port that nobody listens on";
    SPOF "V0503" "spof" true Failure false "one failure takes an entry point down";
    QUORUM "V0504" "quorum" true Failure true "a group cannot reach its quorum";
    DEGRADED "V0505" "degraded" true Failure false "one failure leaves an entry point up, but with less";
    UNKNOWN_API "V0601" "unknown-api" false Objects true "an object belongs to an API that is not declared";
    UNKNOWN_OBJECT_FIELD "V0602" "unknown-object-field" false Objects true "an object has a field that its API does not know";
    OBJECT_FIELD_TYPE "V0603" "object-field-type" false Objects true "a field of an object has another type than its API wants";
    INVALID_OBJECT_NAME "V0604" "invalid-object-name" false Objects false "Kubernetes refuses the name of an object";
    DUPLICATE_OBJECT "V0605" "duplicate-object" false Objects false "two objects have the same identity";
    NO_FOOTPRINT "V0606" "no-footprint" false Objects true "an object whose controller creates pods has no footprint";
    NO_EMISSION "V0607" "no-emission" false Objects true "there is no emission to refine or remove";
    MISSING_OBJECT_FIELD "V0608" "missing-object-field" false Objects false "an object lacks a field that its API demands";
    DANGLING_REFERENCE "V0609" "dangling-reference" false Objects false "an object refers to something that is not emitted";
    POD_SECURITY "V0610" "pod-security" false Objects false "a namespace refuses pods for what they may do";
    UNUSED_ACCEPTANCE "V0701" "unused-acceptance" false Judgement false "an acceptance matches no finding";
    EXPIRED_ACCEPTANCE "V0702" "expired-acceptance" false Judgement false "the date of an acceptance has passed";
    UNACCEPTABLE "V0703" "unacceptable" false Judgement false "a finding that cannot be accepted is accepted";
    UNKNOWN_FINDING "V0704" "unknown-finding" false Judgement false "an acceptance names a finding that does not exist";
    POLICY "V0705" "policy" true Judgement false "a policy does not hold";
    APPLICATION "V0706" "application" false Judgement false "a component does not belong to exactly one application";
    TEST_FAILED "V0707" "test-failed" false Judgement false "an expectation of a test does not hold";
    UNREADABLE "V0901" "unreadable" false Files true "a file or directory cannot be read";
    FOREIGN_FILES "V0902" "foreign-files" false Files false "the output directory holds files that this compiler did not write";
    UNWRITABLE "V0903" "unwritable" false Files false "a file or directory cannot be written";
    STALE "V0904" "stale" false Files false "the output does not correspond to the sources";
    RENDERING "V0905" "rendering" false Files false "the written tree would not give back the proved objects";
    MANIFEST "V0906" "manifest" false Files false "a file of manifests holds something that is no object of Kubernetes";
}
