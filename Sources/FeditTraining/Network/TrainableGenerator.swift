import FeditGenerator
import FeditKernels
import FeditNN

/// A generator for batches of one size: forward, backward, and its weights under the names of weight files.
///
/// Two maps that a layer reads side by side lie side by side in memory, so that concatenating copies nothing.
package final class TrainableGenerator {
  package let architecture: Architecture
  package let images: Int
  package let size: Int
  package let parameters: Parameters
  package let layers: [TrainableLayer]
  /// The network's input channels first; where the frame is concatenated with a layer's output, that after them.
  package let input: BatchMap
  /// The output after tanh.
  package let output: BatchMap
  /// The gradient of the output; `backward` overwrites it.
  package let outputGradient: BatchMap
  private let maps: [BatchMap]

  /// Lays out a network.
  ///
  /// - Parameters:
  ///   - architecture: The network.
  ///   - images: Pictures a batch.
  ///   - size: Their side, one that the architecture accepts.
  ///   - precision: How products are computed; one that the processor supports.
  ///   - parameters: Shares the parameters of another one, for batches of another shape; nil makes new ones.
  /// - Throws: `OutOfMemory`.
  package init(
    _ architecture: Architecture, images: Int, size: Int, precision: TrainingPrecision = .float32,
    sharing parameters: Parameters? = nil
  ) throws {
    precondition(architecture.accepts(size: size))
    self.architecture = architecture
    self.images = images
    self.size = size
    var layout = GeneratorLayout(architecture, images: images, size: size, precision: precision)
    self.parameters = try parameters ?? Parameters(count: layout.parameters, keepsAverage: true)
    precondition(self.parameters.count == layout.parameters)
    try layout.allocate()
    (input, output, outputGradient) = layout.ends
    layers = try architecture.layers.indices.map { try layout.layer($0) }
    maps = layout.maps
  }

  /// Bytes of activations, gradients and working memory, without the parameters.
  package var byteCount: Int {
    maps.reduce(0) { $0 + $1.byteCount } + layers.reduce(0) { $0 + $1.byteCount }
  }

  /// Writes a sample into the network's input.
  ///
  /// - Parameters:
  ///   - sample: Layers of the network's size; what lies outside the mask is not shown to the network.
  ///   - image: Its place in the batch.
  package func put(_ sample: TrainingSample, at image: Int) {
    precondition(sample.size == size)
    let seesColorSet = architecture.seesColorSet
    let mirror = architecture.seesMirror ? sample.mirror : nil
    for y in 0..<size {
      var to = input.row(y, image: image)
      for x in 0..<size {
        let p = y * size + x
        let m = sample.mask[p]
        let colored = seesColorSet && sample.colorSet[p] == 0 ? 0 : m
        to[3] = sample.sketch[p] * m
        for c in 0..<3 {
          to[c] = sample.image[3 * p + c] * (1 - m)
          to[4 + c] = sample.color[3 * p + c] * colored
        }
        to[7] = m
        to[8] = sample.noise[p] * m
        if seesColorSet {
          to[9] = colored
          to[10] = sample.octave ? m : 0
        }
        if architecture.seesMirror {
          let known = (mirror?.set[p] ?? 0) * m
          for c in 0..<3 { to[11 + c] = (mirror?.values[3 * p + c] ?? 0) * known }
          to[14] = known
        }
        to += input.channels
      }
    }
  }

  /// Prepares the weights for the kernels; needed after every change of them.
  ///
  /// - Parameters:
  ///   - pool: Threads.
  ///   - average: Takes the moving average instead of the values themselves.
  ///   - backward: Whether a backward pass follows.
  package func pack(_ pool: ThreadPool, average: Bool = false, backward: Bool = true) {
    let values = average ? parameters.average ?? parameters.values : parameters.values
    let work = layers.flatMap { $0.packing(values.start, backward: backward) }
    pool.run(work.count) { item, _ in work[item]() }
  }

  /// From `input` to `output`.
  package func forward(_ pool: ThreadPool, average: Bool = false) {
    let values = average ? parameters.average ?? parameters.values : parameters.values
    for layer in layers { layer.forward(pool, values.start) }
    let isa = fk_best_isa()
    let values3 = size * size * 3
    pool.run(images) { image, _ in
      let start = self.output.start(image: image)
      fk_tanh(isa, start, start, values3)
    }
  }

  /// From `outputGradient` to the parameters' gradient.
  package func backward(_ pool: ThreadPool) {
    let count = size * size * 3
    pool.run(images) { image, _ in
      let values = self.output.start(image: image)
      let gradient = self.outputGradient.start(image: image)
      for i in 0..<count { gradient[i] *= 1 - values[i] * values[i] }
    }
    for layer in layers.reversed() { layer.backward(pool, parameters.gradient.start) }
  }
}

/// Where the maps of a network lie, and what each layer connects.
private struct GeneratorLayout {
  let architecture: Architecture
  let images: Int
  let size: Int
  let precision: TrainingPrecision
  private(set) var maps: [BatchMap] = []
  /// All weights and biases.
  private(set) var parameters = 0
  private var plans: [(shape: ConvolutionShape, direction: LayerDirection, offset: Int)] = []
  /// The layers that read a map, by its source's place.
  private var readers: [[Int]]
  /// Where each source's output lies, and its gradient; the frame's is the first and has none.
  private var values: [MapSlice?]
  private var gradients: [MapSlice?]

  init(_ architecture: Architecture, images: Int, size: Int, precision: TrainingPrecision) {
    self.precision = precision
    self.architecture = architecture
    self.images = images
    self.size = size
    let places = architecture.layers.count + 1
    readers = [[Int]](repeating: [], count: places)
    values = [MapSlice?](repeating: nil, count: places)
    gradients = values
    for (index, layer) in architecture.layers.enumerated() {
      for source in layer.sources { readers[Self.place(source)].append(index) }
      let shape = layer.kind.shape(inputs: layer.inputs, outputs: layer.outputs)
      plans.append((shape, layer.kind.direction, parameters))
      parameters += layer.kind.direction.parameters(shape)
    }
  }

  /// The frame, then the layers.
  private static func place(_ source: Architecture.Source) -> Int {
    if case .layer(let index) = source { return index + 1 }
    return 0
  }

  private func channels(_ place: Int) -> Int {
    place == 0 ? architecture.inputChannels : architecture.layers[place - 1].outputs
  }

  private func side(_ place: Int) -> Int {
    place == 0 ? size : size >> architecture.layers[place - 1].shift
  }

  /// What the readers of some maps need around them.
  private func border(_ places: [Int]) -> Int {
    places.flatMap { readers[$0] }.map { index in
      let outputSide = size >> architecture.layers[index].shift
      let plan = plans[index]
      return plan.direction == .convolution
        ? plan.shape.fineBorder(coarseSide: outputSide) : plan.shape.coarseBorder(coarseSide: outputSide / 2)
    }.max() ?? 0
  }

  private mutating func map(
    side: Int, channels: Int, border: Int = 0, precision: TrainingPrecision = .float32
  ) throws -> BatchMap {
    let map = try BatchMap(
      images: images, side: side, channels: channels, border: border, precision: precision)
    maps.append(map)
    return map
  }

  /// Gives every map and gradient its place: those that one layer reads together side by side.
  mutating func allocate() throws {
    let joined = architecture.layers.map { $0.sources.map(Self.place) }.filter { $0.count > 1 }
    let single = values.indices.filter { place in !joined.contains { $0.contains(place) } }.map { [$0] }
    for places in joined + single {
      let side = side(places[0])
      precondition(places.allSatisfy { values[$0] == nil && self.side($0) == side })
      let all = try map(
        side: side, channels: places.reduce(0) { $0 + channels($1) }, border: border(places),
        precision: precision)
      // Nobody wants the gradient of the network's own input.
      let learned = places.filter { $0 != 0 }
      let gradient =
        learned.isEmpty
        ? nil : try map(side: side, channels: learned.reduce(0) { $0 + channels($1) })
      var (first, firstGradient) = (0, 0)
      for place in places {
        values[place] = MapSlice(all, channel: first)
        first += channels(place)
        guard place != 0, let gradient else { continue }
        gradients[place] = MapSlice(gradient, channel: firstGradient)
        firstGradient += channels(place)
      }
    }
  }

  /// The network's input and output and the output's gradient.
  var ends: (BatchMap, BatchMap, BatchMap) {
    guard let input = values[0]?.map, let output = values[values.count - 1]?.map,
      let gradient = gradients[gradients.count - 1]?.map
    else { preconditionFailure("maps are used before they are allocated") }
    return (input, output, gradient)
  }

  /// Connects a layer to its maps.
  func layer(_ index: Int) throws -> TrainableLayer {
    let layer = architecture.layers[index]
    let (shape, direction, offset) = plans[index]
    let places = layer.sources.map(Self.place)
    guard let input = values[places[0]], let output = values[index + 1], let gradient = gradients[index + 1]
    else { preconditionFailure("maps are used before they are allocated") }
    return try TrainableLayer(
      name: layer.name, shape: shape, direction: direction,
      activation: layer.kind.activation(normalizes: layer.normalizes),
      channels: layer.outputs, slope: layer.leaky ? 0.2 : 1, offset: offset, input: input, output: output,
      outputGradient: gradient, inputGradient: inputGradient(of: index, places))
  }

  /// Where the gradient of what a layer reads goes. Backward, a map's last reader comes first and sets it; those
  /// before add to it.
  private func inputGradient(of index: Int, _ places: [Int]) -> TrainableLayer.InputGradient? {
    let learned = places.filter { $0 != 0 }
    guard let first = learned.first, let slice = gradients[first] else { return nil }
    let isLast = learned.map { readers[$0].last == index }
    precondition(places.count == 1 || isLast.allSatisfy { $0 }, "a joined map is read again later")
    let all = architecture.layers[index].inputs
    let skipped = places[0] == 0 ? architecture.inputChannels : 0
    return TrainableLayer.InputGradient(
      slice, channels: skipped > 0 ? skipped..<all : nil, accumulates: !isLast[0])
  }
}
