// The kinds of node that the parser itself makes; items bring others of their own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/expand/condition.h"
#include "common/expand/headers.h"
#include "common/expand/item.h"
#include "common/expand/operator.h"
#include "common/expand/tree.h"
#include "common/expand/variable.h"

namespace gp::expand {

// $1, ${1}
class CaptureNode final : public Node {
public:
    explicit CaptureNode(const std::string& digits);
    Status evaluate(Scene& scene, Text& out) const override;

private:
    std::size_t number_ = 0;
};

// $h_subject: and its relatives
class HeaderNode final : public Node {
public:
    HeaderNode(std::string name, HeaderForm form) : name_(std::move(name)), form_(form) {}
    Status evaluate(Scene& scene, Text& out) const override;

private:
    std::string name_;
    HeaderForm form_;
};

// $local_part, ${acl_m_list}
class VariableNode final : public Node {
public:
    VariableNode(const Variable& variable, std::string name) : variable_(variable), name_(std::move(name)) {}
    Status evaluate(Scene& scene, Text& out) const override;
    const Variable& variable() const { return variable_; }
    const std::string& name() const { return name_; }

private:
    const Variable& variable_; // of the language, which outlives every text
    std::string name_;
};

// ${lc:…}
class OperatorNode final : public Node {
public:
    OperatorNode(const Operator& operation, std::string as_written, std::string argument, bool has_argument,
                 std::unique_ptr<Sequence> subject)
        : operation_(operation), as_written_(std::move(as_written)), argument_(std::move(argument)),
          has_argument_(has_argument), subject_(std::move(subject))
    {
    }
    Status evaluate(Scene& scene, Text& out) const override;

private:
    const Operator& operation_;
    std::string as_written_, argument_;
    bool has_argument_;
    std::unique_ptr<Sequence> subject_;
};

// ${hash{…}{…}}
class ItemNode final : public Node {
public:
    ItemNode(const Item& item, std::vector<std::unique_ptr<Sequence>> texts) : item_(item), texts_(std::move(texts))
    {
    }
    Status evaluate(Scene& scene, Text& out) const override;

private:
    const Item& item_;
    std::vector<std::unique_ptr<Sequence>> texts_;
};

// eq {…}{…}
class ConditionTest final : public Test {
public:
    ConditionTest(const Condition& condition, std::vector<std::unique_ptr<Sequence>> texts)
        : condition_(condition), texts_(std::move(texts))
    {
    }
    Result<bool> holds(Scene& scene) const override;

private:
    const Condition& condition_;
    std::vector<std::unique_ptr<Sequence>> texts_;
};

class NotTest final : public Test {
public:
    explicit NotTest(std::unique_ptr<const Test> of) : of_(std::move(of)) {}
    Result<bool> holds(Scene& scene) const override
    {
        const bool held = TRY(of_->holds(scene));
        return !held;
    }

private:
    std::unique_ptr<const Test> of_;
};

}
