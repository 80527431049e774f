@main
struct AVPrep {
    static func main() {}
}
