import Nabla

/// Everything a report says about a network. Parts that are nil are left out of the page.
///
/// `page` makes one file of it that needs no other: no script, no network, no font.
package struct Report: Sendable {
  /// A number at the head of the page.
  package struct Figure: Sendable {
    package var value: String
    package var label: String

    package init(_ value: String, _ label: String) { (self.value, self.label) = (value, label) }
  }

  /// Names and values that belong together, such as the settings.
  package struct Facts: Sendable {
    package var title: String
    package var rows: [(name: String, value: String)]

    package init(_ title: String, _ rows: [(name: String, value: String)]) {
      (self.title, self.rows) = (title, rows)
    }
  }

  /// A sample that was read wrong.
  package struct Mistake: Sendable {
    /// Its place in the data set, from 0.
    package var index: Int
    package var actual, predicted: Int
    /// A share of 1 for each class.
    package var confidences: [Double]
    /// nil for a row of a table.
    package var picture: PixelPicture?

    package init(
      index: Int, actual: Int, predicted: Int, confidences: [Double], picture: PixelPicture? = nil
    ) {
      (self.index, self.actual, self.predicted) = (index, actual, predicted)
      (self.confidences, self.picture) = (confidences, picture)
    }
  }

  /// How classes are told apart.
  package struct Classes: Sendable {
    package var metrics: ClassificationMetrics
    package var names: [String]
    /// Mean cost; nil where there is none.
    package var cost: Double?
    /// Those with the highest confidence, the highest first.
    package var mistakes: [Mistake]

    package init(metrics: ClassificationMetrics, names: [String], cost: Double?, mistakes: [Mistake]) {
      precondition(names.count == metrics.classes.count, "a name for each class")
      (self.metrics, self.names, self.cost, self.mistakes) = (metrics, names, cost, mistakes)
    }
  }

  /// One target of a regression, sample by sample.
  package struct Target: Sendable {
    package var name: String
    /// Evenly taken where there are many.
    package var points: [(actual: Double, predicted: Double)]

    package init(name: String, points: [(actual: Double, predicted: Double)]) {
      (self.name, self.points) = (name, points)
    }
  }

  /// How close predictions come to real targets.
  package struct Values: Sendable {
    package var metrics: RegressionMetrics
    package var targets: [Target]

    package init(metrics: RegressionMetrics, targets: [Target]) {
      precondition(targets.count == metrics.outputs.count, "errors of each target")
      (self.metrics, self.targets) = (metrics, targets)
    }
  }

  /// One layer of the network.
  package struct Layer: Sendable {
    package var name: String
    package var neurons: Int
    package var activation: Activation
    /// Dead neurons (ReLU), or values where the activation is flat; nil where neither can be.
    package var deadShare: Double?

    package init(name: String, neurons: Int, activation: Activation, deadShare: Double?) {
      (self.name, self.neurons, self.activation, self.deadShare) = (name, neurons, activation, deadShare)
    }
  }

  /// The weights of some neurons of the first layer, as pictures.
  package struct Weights: Sendable {
    package var pictures: [(name: String, picture: PixelPicture)]
    /// Neurons of the layer.
    package var neuronCount: Int

    package init(pictures: [(name: String, picture: PixelPicture)], neuronCount: Int) {
      (self.pictures, self.neuronCount) = (pictures, neuronCount)
    }
  }

  /// What it is about: "784-100-10 on mnist".
  package var title: String
  /// Where the numbers come from, in a line or two.
  package var introduction: String
  package var figures: [Figure] = []
  /// What the reader should know, a line each.
  package var notes: [String] = []
  /// What was measured: "test set".
  package var setName: String
  package var history: [EpochResult] = []
  /// The epoch whose parameters the network has.
  package var keptEpoch: Int?
  package var classes: Classes?
  package var values: Values?
  package var importance: PermutationImportance?
  package var layers: [Layer] = []
  package var weights: Weights?
  package var facts: [Facts] = []
  /// What makes it again; nil where nobody typed it.
  package var command: String?

  package init(title: String, introduction: String, setName: String) {
    (self.title, self.introduction, self.setName) = (title, introduction, setName)
  }
}
