import Training

extension RunFolder.Record {
    /// How many parameters are trained, and what share of the frozen ones the method's are.
    var sizes: String {
        let trainable = methodParameters + headParameters
        let share = frozenParameters.map { frozen in
            let percent = 100 * Double(methodParameters) / Double(max(frozen, 1))
            return ", \(percent.formatted(digits: 2)) % of what is frozen"
        }
        return
            "\(trainable) trainable parameters (\(methodParameters) in the method\(share ?? ""), "
            + "\(headParameters) in the head)"
            + (frozenParameters.map { " of \(trainable + $0) in all" } ?? "")
    }
}
