/*
 * Grammar of the kdl model language, version 1.
 *
 * - Layout never matters: white space and comments go to hidden channels, no newline token.
 *   A statement ends where the next token cannot continue it; ';' is accepted and ignored.
 * - No actions, no semantic predicates, no left recursion, no lexer modes.
 * - One rule `decl` for every level: WHERE a declaration may stand is a semantic question, so
 *   that a misplaced line gives one precise message instead of a syntax error.
 * - A few rules take more than the language has (marked "mistake:"): what is wrong but understood is reported with
 *   a fix while the tree is built, and parsing goes on undisturbed.
 */
grammar Kdl;

// Stands where an operand or a stage is missing. No text lexes to it: the compiler puts it there after it has reported
// the gap, so that the rest of the declaration is read as if nothing had happened.
tokens { MISSING }

// ---------------------------------------------------------------- file and declarations

sourceFile  : header? decl* EOF ;

header      : 'kdl' INT ';'? ;

decl        : ( importDecl
              | modelDecl
              | blockDecl
              | fnDecl
              | inputDecl
              | outputDecl
              | dimDecl
              | constDecl
              | paramDecl
              | layerDecl
              | requireDecl
              | weightsDecl
              | trainDecl
              | targetDecl
              | lossDecl
              | optimizerDecl
              | metricDecl
              | testDecl
              | expectDecl
              | returnDecl
              | bindDecl
              ) ';'?
            ;

importDecl    : 'import' STRING ('as' name)? ;
modelDecl     : 'model' name params? body ;
blockDecl     : 'block' name params ('->' typeSpec (',' typeSpec)*)? body ;
fnDecl        : 'fn' name params ('->' typeSpec)? '=' expr ;

inputDecl     : 'input' name ':' typeSpec ('in' span)? ;
// mistake: more than one name (K108).
outputDecl    : 'output' bindTarget (',' bindTarget)* ('=' expr)? ;
dimDecl       : 'dim' dimBound (',' dimBound)* ;
dimBound      : name ('<=' arith)? ;
constDecl     : 'const' name (':' typeSpec)? ('=' expr)? ;
paramDecl     : 'param' name ':' typeSpec ('=' expr)? ;
layerDecl     : 'layer' name '=' stages ;
requireDecl   : 'require' expr (',' STRING)? ;
weightsDecl   : 'weights' expr (',' namedArg)* ('{' rename* '}')? ;
rename        : STRING ':' STRING ','? ;
returnDecl    : 'return' expr (',' expr)* ;
bindDecl      : bindTarget (',' bindTarget)* '=' expr ;
bindTarget    : name (':' typeSpec)? ;

trainDecl     : 'train' body ;
targetDecl    : 'target' name ':' typeSpec ('in' span)? ;
lossDecl      : 'loss' (name '=')? expr ;
optimizerDecl : 'optimizer' expr ;
metricDecl    : 'metric' (name '=')? expr ;
testDecl      : 'test' STRING body ;
expectDecl    : 'expect' expr ('within' arith)? ;

body          : '{' decl* '}' ;

params        : '(' (param (',' param)* ','?)? ')' ;
param         : name (':' typeSpec)? ('=' expr)? ;

// mistake: a shape alone (K100).
typeSpec      : (IDENT | 'fn' | 'block') shape? | shape ;
shape         : '[' (axis (',' axis)* ','?)? ']' ;
axis          : '...' | arith ;

// ---------------------------------------------------------------- expressions

// mistake: 'as' after the first operand (K106); only a stage has weights to name.
expr          : operand strayAs? ('->' stage)* ;
strayAs       : 'as' name ;

stages        : stage ('->' stage)* ;
stage         : MISSING
              | repeatStage
              | path args? ('as' name)?
              ;
repeatStage   : 'repeat' (name 'in')? span '{' stages '}' ;
span          : arith ('..' arith)? ;

operand       : conj ('or' conj)* ;
conj          : negation ('and' negation)* ;
negation      : 'not' negation
              | comparison
              ;
comparison    : arith (('==' | '!=' | '~=' | '<' | '<=' | '>' | '>=') arith)? ;
arith         : term (('+' | '-') term)* ;
term          : factor (('*' | '/' | '%' | '@') factor)* ;
factor        : '-' factor
              | power
              ;
power         : postfix ('^' factor)? ;
postfix       : primary (args | index | '.' name)* ;
primary       : MISSING
              | INT
              | FLOAT
              | STRING
              | 'true'
              | 'false'
              | name
              | '[' (expr (',' expr)* ','?)? ']'
              | '(' expr (',' expr)* ','? ')'
              | ifExpr
              ;
// mistake: no 'else'; both branches are required.
ifExpr        : 'if' operand '{' expr '}' ('else' (ifExpr | '{' expr '}'))? ;

args          : '(' (arg (',' arg)* ','?)? ')' ;
arg           : namedArg
              | expr
              ;
// mistake: '=' for ':' (K101).
namedArg      : name (':' | '=') expr ;
index         : '[' sub (',' sub)* ','? ']' ;
sub           : '...'
              | arith (':' arith? (':' arith)?)?
              | ':' arith? (':' arith)?
              ;

path          : name ('.' name)* ;

// Words that open a declaration but may still be used as names.
name          : IDENT
              | 'kdl' | 'dim' | 'weights' | 'train' | 'target' | 'loss' | 'optimizer'
              | 'metric' | 'test'
              ;

// ---------------------------------------------------------------- tokens

// Keyword tokens carry a prefix: bare IN, CONST, TRUE... are macros in some C headers.
// soft: also usable as names
KW_KDL : 'kdl' ;              KW_DIM : 'dim' ;              KW_WEIGHTS : 'weights' ;
KW_TRAIN : 'train' ;          KW_TARGET : 'target' ;        KW_LOSS : 'loss' ;
KW_OPTIMIZER : 'optimizer' ;  KW_METRIC : 'metric' ;        KW_TEST : 'test' ;

// hard: reserved
KW_INPUT : 'input' ;          KW_OUTPUT : 'output' ;        KW_LAYER : 'layer' ;
KW_PARAM : 'param' ;          KW_IMPORT : 'import' ;        KW_MODEL : 'model' ;
KW_BLOCK : 'block' ;          KW_FN : 'fn' ;                KW_CONST : 'const' ;
KW_REQUIRE : 'require' ;      KW_RETURN : 'return' ;        KW_REPEAT : 'repeat' ;
KW_IN : 'in' ;                KW_IF : 'if' ;                KW_ELSE : 'else' ;
KW_AS : 'as' ;                KW_AND : 'and' ;              KW_OR : 'or' ;
KW_NOT : 'not' ;              KW_TRUE : 'true' ;            KW_FALSE : 'false' ;
KW_EXPECT : 'expect' ;        KW_WITHIN : 'within' ;

ARROW : '->' ;           RANGE : '..' ;           ELLIPSIS : '...' ;
EQ : '==' ;              NE : '!=' ;              APPROX : '~=' ;
LE : '<=' ;              GE : '>=' ;              LT : '<' ;
GT : '>' ;               ASSIGN : '=' ;           COLON : ':' ;
COMMA : ',' ;            SEMI : ';' ;             DOT : '.' ;
PLUS : '+' ;             MINUS : '-' ;            STAR : '*' ;
SLASH : '/' ;            PERCENT : '%' ;          MATMUL : '@' ;
CARET : '^' ;
LPAREN : '(' ;           RPAREN : ')' ;           LBRACK : '[' ;
RBRACK : ']' ;           LBRACE : '{' ;           RBRACE : '}' ;

INT     : DIGIT (DIGIT | '_')* ;
FLOAT   : DIGIT (DIGIT | '_')* '.' DIGIT (DIGIT | '_')* EXP?
        | DIGIT (DIGIT | '_')* EXP
        ;
STRING  : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;
IDENT   : [A-Za-z_] [A-Za-z0-9_]* ;

DOC           : '///' ~[\r\n]* -> channel(HIDDEN) ;
LINE_COMMENT  : '//' ~[\r\n]* -> channel(HIDDEN) ;
// Comments nest: `/* a /* b */ c */` is one. Only the beginning is a token; whoever drives the lexer reads on to the
// matching '*/' (compiler/syntax/lexemes.cpp), since a rule that calls itself costs a stack that any file could exhaust,
// and could not tell a comment that is never closed.
BLOCK_COMMENT : '/*' -> channel(HIDDEN) ;
WS            : [ \t\r\n\f\u000B\u00A0\uFEFF]+ -> channel(HIDDEN) ;

// Things that are wrong but understood: each becomes one clear message, and parsing goes on.
HASH_COMMENT  : '#' ~[\r\n]* -> channel(HIDDEN) ;      // "comments start with //"
OPEN_STRING   : '"' (~["\\\r\n] | '\\' ~[\r\n])* ;      // "this string is not closed"
UNKNOWN       : . ;

fragment DIGIT : [0-9] ;
fragment EXP   : [eE] [+-]? DIGIT+ ;
